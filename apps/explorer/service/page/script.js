// The map is drawn by the server. This script puts in what the server sends when something changes, and shows the facts of
// what is pointed at. Without it every page still works: the map is then as old as the page.
"use strict";

const byId = (id) => document.getElementById(id);
const status = byId("status");
const facts = byId("facts");
const changes = byId("changes");

// A screen reader speaks when the text changes, so the same text is not set twice. What is news is for it alone: others read
// it in the list below the map.
function say(text, news = "") {
  if (status.textContent === text + news) return;
  const spoken = document.createElement("span");
  spoken.className = "spoken";
  spoken.textContent = news;
  status.replaceChildren(text, spoken);
}

let shown = "";
let shownHTML = "";
function show(pointed) {
  if (!pointed) return;
  shown = pointed.id;
  const described = pointed.dataset.facts && byId(pointed.dataset.facts);
  const content = document.createElement("div");
  content.append(described ? described.content.cloneNode(true) : sentence(pointed));
  if (content.innerHTML === shownHTML) return; // its button keeps the focus
  shownHTML = content.innerHTML;
  addCopyButtons(content);
  facts.replaceChildren(...content.childNodes);
}

// sentence is an arrow in words, and the command that shows why it fails.
function sentence(pointed) {
  const made = document.createElement("template");
  made.innerHTML = '<p></p><pre class="terminal"><code class="command"></code></pre>';
  const [words, terminal] = made.content.children;
  words.textContent = pointed.getAttribute("aria-label");
  const { command } = pointed.dataset;
  if (command) terminal.firstChild.textContent = command;
  else terminal.remove();
  return made.content;
}
function showFrom(event) {
  show(event.target.closest(".node, .pod, .call"));
}

// states is how each call does, by the id of its arrow.
function states() {
  return new Map([...document.querySelectorAll("#map .call")].map((call) => [call.id, call.dataset.code || call.dataset.state]));
}

// note adds a change to the list below the map, the newest first.
const mostChanges = 50;
function note(call, before) {
  const list = changes.querySelector("ol");
  const time = document.createElement("time");
  time.textContent = new Date().toLocaleTimeString("en-GB", { timeZone: "UTC" });
  const item = document.createElement("li");
  const [, , from, to] = call.getAttribute("href").split("/");
  item.append(time, `${decodeURIComponent(from)} → ${decodeURIComponent(to)} ${call.dataset.code || call.dataset.state}, was ${before}`);
  list.prepend(item);
  while (list.children.length > mostChanges) list.lastChild.remove();
}

// A link that is replaced between the press and the release of a button is not clicked: what comes meanwhile waits.
let pressed = false;
let waiting = "";
function press(event) {
  pressed = event.type === "pointerdown";
  if (pressed || !waiting) return;
  setTimeout(put, 0, waiting); // after the click, which follows the release
  waiting = "";
}

// put replaces the parts that differ, and leaves the focus and the scroll positions where they were.
function put(html) {
  if (pressed) {
    waiting = html;
    return;
  }
  const before = states();
  const parts = document.createElement("template");
  parts.innerHTML = html;
  addCopyButtons(parts.content);
  const focused = document.activeElement && document.activeElement.id;
  for (const part of [...parts.content.children]) {
    const old = byId(part.id);
    if (old && !old.isEqualNode(part)) old.replaceWith(part);
  }
  const again = focused && byId(focused);
  if (again && again !== document.activeElement) again.focus({ preventScroll: true });
  if (shown) show(byId(shown));
  announce(before);
}

// announce says once, in words, which calls do otherwise than before. What is older than some seconds is no news.
let settled;
function announce(before) {
  const changed = [...document.querySelectorAll("#map .call")].filter(
    (call) => before.has(call.id) && before.get(call.id) !== (call.dataset.code || call.dataset.state),
  );
  for (const call of changed) note(call, before.get(call.id));
  const live = document.querySelector("#notices .problem") ? "Live, with a problem: read the notice." : "Live.";
  if (changed.length > 3) say(live, ` ${changed.length} calls have changed.`);
  else if (changed.length > 0) say(live, ["", ...changed.map((call) => call.getAttribute("aria-label"))].join(" "));
  else if (!status.textContent.startsWith(live)) say(live);
  if (changed.length > 0) {
    clearTimeout(settled);
    settled = setTimeout(() => document.body.classList.contains("stale") || say(live), 15000);
  }
  document.body.classList.remove("stale");
}

function lost() {
  const seen = new Date(byId("seen").dateTime);
  const time = seen.getFullYear() > 1 ? ` What you see is from ${seen.toLocaleTimeString("en-GB", { timeZone: "UTC" })} UTC.` : "";
  say("The explorer does not answer." + time);
  document.body.classList.add("stale");
}

// edited applies the edits that turn one page into the next. Each keeps and drops characters from where the one before it
// ended, and inserts others.
function edited(html, edits) {
  let made = "";
  let at = 0;
  for (const { keep, drop, insert } of edits) {
    made += html.slice(at, at + keep) + insert;
    at += keep + drop;
  }
  return made + html.slice(at);
}

// listen puts in whole frames of the map only: a stream begins with one, and each change turns it into the next.
function listen() {
  const events = new EventSource("/events");
  let frame = "";
  let silence;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(again, 40000); // the server speaks every 15 seconds
  };
  const again = () => {
    clearTimeout(silence);
    events.close();
    lost();
    setTimeout(listen, 2000);
  };
  const next = (html) => {
    heard();
    frame = html;
    put(frame);
  };
  events.addEventListener("map", (event) => next(event.data));
  events.addEventListener("change", (event) => next(edited(frame, JSON.parse(event.data))));
  events.addEventListener("alive", heard);
  // A browser tries again by itself, except after an answer that is no stream of events, such as that of a proxy.
  events.addEventListener("error", () => (events.readyState === EventSource.CLOSED ? again() : lost()));
  heard();
}

async function follow() {
  if (!byId("trace").dataset.young) return;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(5000) });
    const trace = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("trace");
    if (trace) exchange(byId("trace"), trace);
  } catch {
    // What is on the page stays. The next try may come through.
  }
  setTimeout(follow, 1500);
}

// exchange replaces the trace if it has changed. What a reader has unfolded stays unfolded, and the focus stays where it is.
function exchange(old, trace) {
  for (const { id } of old.querySelectorAll("details[open][id]")) {
    trace.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  }
  const focused = old.contains(document.activeElement) ? document.activeElement.id : null;
  if (focused === "") return; // it could not be found again
  addCopyButtons(trace);
  if (old.isEqualNode(trace)) return;
  old.replaceWith(trace);
  if (focused) byId(focused)?.focus({ preventScroll: true });
}

// --- Commands, to be copied ---

// addCopyButtons puts a button beside each command. Without the script there is none, since it would do nothing.
function addCopyButtons(root) {
  for (const code of root.querySelectorAll("pre > code.command")) {
    if (code.parentNode.querySelector("button")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    code.parentNode.append(button);
  }
}

// copy copies the command of a button, with the newline that runs it in a terminal.
async function copy(button) {
  const text = button.parentNode.querySelector("code").textContent.trim() + "\n";
  try {
    await navigator.clipboard.writeText(text); // only in secure contexts, which loopback addresses are
  } catch {
    if (!copySelected(text)) return;
  }
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

// copySelected copies where the browser offers no clipboard, such as on plain HTTP to another host.
function copySelected(text) {
  const area = document.createElement("textarea");
  const focused = document.activeElement;
  area.value = text;
  area.className = "copied";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus({ preventScroll: true });
  return done;
}

addCopyButtons(document);
document.addEventListener("click", (event) => {
  const button = event.target.closest("button.copy");
  if (button) copy(button);
});

// A link to one of the folded connections unfolds them.
function unfold() {
  const target = location.hash.length > 1 && byId(decodeURIComponent(location.hash.slice(1)));
  const folded = target && target.closest("details");
  if (!folded || folded.open) return;
  folded.open = true;
  target.scrollIntoView();
}
addEventListener("hashchange", unfold);
unfold();

if (facts) {
  const hint = document.createElement("p");
  hint.textContent = "Point at a Service, a Pod or an arrow, or move to it with the Tab key, to read its facts here. Follow it to read more.";
  facts.append(hint);
  changes.hidden = false;
  document.addEventListener("pointerover", showFrom);
  document.addEventListener("focusin", showFrom);
  for (const type of ["pointerdown", "pointerup", "pointercancel"]) document.addEventListener(type, press);
  listen();
}
if (byId("trace")) follow();
