// The server renders the map. This script applies the changes that the server sends, and shows the facts of the element
// under the pointer. All pages work without it, but the map then shows the state when the page was loaded.
"use strict";

const byId = (id) => document.getElementById(id);
const status = byId("status");
const facts = byId("facts");
const changes = byId("changes");

// setStatus sets the status line. It does not set the same text twice, because a screen reader speaks at every change.
// Only screen readers get the news: others read it in the list below the map.
function setStatus(text, news = "") {
  if (status.textContent === text + news) return;
  const spoken = document.createElement("span");
  spoken.className = "spoken";
  spoken.textContent = news;
  status.replaceChildren(text, spoken);
}

// show shows the facts of an element of the map in the panel. The id of the template with the facts is the path of the page
// with the same facts.
let shown = "";
let shownHTML = "";
function show(element) {
  if (!element) return;
  shown = element.id;
  const template = byId(element.getAttribute("href"));
  const content = document.createElement("div");
  content.append(template ? template.content.cloneNode(true) : sentence(element));
  if (content.innerHTML === shownHTML) return; // so that its button keeps the focus
  shownHTML = content.innerHTML;
  addCopyButtons(content);
  facts.replaceChildren(...content.childNodes);
}

// sentence returns an arrow in words, with the command that shows why it fails.
function sentence(arrow) {
  const made = document.createElement("template");
  made.innerHTML = '<p></p><pre class="terminal"><code class="command"></code></pre>';
  const [words, terminal] = made.content.children;
  words.textContent = arrow.getAttribute("aria-label");
  const { command } = arrow.dataset;
  if (command) terminal.firstChild.textContent = command;
  else terminal.remove();
  return made.content;
}
function showFrom(event) {
  show(event.target.closest(".node, .pod, .call"));
}

// states returns the state of each call by the id of its arrow.
function states() {
  return new Map([...document.querySelectorAll("#map .call")].map((call) => [call.id, call.dataset.code || call.dataset.state]));
}

// listChange adds a change to the list below the map, the newest first.
const mostChanges = 50;
function listChange(call, before) {
  const list = changes.querySelector("ol");
  const time = document.createElement("time");
  time.textContent = new Date().toLocaleTimeString("en-GB", { timeZone: "UTC" });
  const item = document.createElement("li");
  const [, , from, to] = call.getAttribute("href").split("/");
  item.append(time, `${decodeURIComponent(from)} → ${decodeURIComponent(to)} ${call.dataset.code || call.dataset.state}, was ${before}`);
  list.prepend(item);
  while (list.children.length > mostChanges) list.lastChild.remove();
}

// A link that is replaced while the mouse button is pressed gets no click. Updates wait until the button is released.
let pressed = false;
let pending = "";
function setPressed(event) {
  pressed = event.type === "pointerdown";
  if (pressed || !pending) return;
  setTimeout(update, 0, pending); // after the click, which follows the release
  pending = "";
}

// update replaces the parts of the page that differ, and keeps the focus and the scroll positions.
function update(html) {
  if (pressed) {
    pending = html;
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

// announce reports the calls whose state has changed since before. The news disappears after 15 seconds.
let settled;
function announce(before) {
  const changed = [...document.querySelectorAll("#map .call")].filter(
    (call) => before.has(call.id) && before.get(call.id) !== (call.dataset.code || call.dataset.state),
  );
  for (const call of changed) listChange(call, before.get(call.id));
  const live = document.querySelector("#notices .problem") ? "Live, with a problem: read the notice." : "Live.";
  if (changed.length > 3) setStatus(live, ` ${changed.length} calls have changed.`);
  else if (changed.length > 0) setStatus(live, ["", ...changed.map((call) => call.getAttribute("aria-label"))].join(" "));
  else if (!status.textContent.startsWith(live)) setStatus(live);
  if (changed.length > 0) {
    clearTimeout(settled);
    settled = setTimeout(() => document.body.classList.contains("stale") || setStatus(live), 15000);
  }
  document.body.classList.remove("stale");
}

// showStale marks the page as outdated.
function showStale() {
  const seen = new Date(byId("seen").dateTime);
  const time = seen.getFullYear() > 1 ? ` This page shows the state at ${seen.toLocaleTimeString("en-GB", { timeZone: "UTC" })} UTC.` : "";
  setStatus("The explorer does not answer." + time);
  document.body.classList.add("stale");
}

// edited applies the edits that turn one page into the next. Starting where the previous edit ended, each edit keeps
// some characters, drops some, and inserts others.
function edited(html, edits) {
  let made = "";
  let at = 0;
  for (const { keep, drop, insert } of edits) {
    made += html.slice(at, at + keep) + insert;
    at += keep + drop;
  }
  return made + html.slice(at);
}

// listen receives the map from the server. A stream begins with a whole map, and each change turns it into the next.
function listen() {
  const events = new EventSource("/events");
  let frame = "";
  let timeout;
  const restartTimeout = () => {
    clearTimeout(timeout);
    timeout = setTimeout(reconnect, 40000); // the server sends an event every 15 seconds
  };
  const reconnect = () => {
    clearTimeout(timeout);
    events.close();
    showStale();
    setTimeout(listen, 2000);
  };
  const next = (html) => {
    restartTimeout();
    frame = html;
    update(frame);
  };
  events.addEventListener("map", (event) => next(event.data));
  events.addEventListener("change", (event) => next(edited(frame, JSON.parse(event.data))));
  events.addEventListener("alive", restartTimeout);
  // Browsers reconnect automatically, except after a response that is not an event stream, such as an error of a proxy.
  events.addEventListener("error", () => (events.readyState === EventSource.CLOSED ? reconnect() : showStale()));
  restartTimeout();
}

// pollTrace reloads the trace until no more spans are expected.
async function pollTrace() {
  if (!byId("trace").dataset.young) return;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(5000) });
    const trace = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("trace");
    if (trace) replaceTrace(byId("trace"), trace);
  } catch {
    // Keep the current trace, and try again.
  }
  setTimeout(pollTrace, 1500);
}

// replaceTrace replaces the trace if it has changed. It keeps expanded details and the focus.
function replaceTrace(old, trace) {
  for (const { id } of old.querySelectorAll("details[open][id]")) {
    trace.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  }
  const focused = old.contains(document.activeElement) ? document.activeElement.id : null;
  if (focused === "") return; // the focus could not be restored
  addCopyButtons(trace);
  if (old.isEqualNode(trace)) return;
  old.replaceWith(trace);
  if (focused) byId(focused)?.focus({ preventScroll: true });
}

// addCopyButtons adds a button to each command. The server does not render it, because it needs this script.
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

// copy copies the command of a button, with a newline so that a terminal runs it.
async function copy(button) {
  const text = button.parentNode.querySelector("code").textContent.trim() + "\n";
  try {
    await navigator.clipboard.writeText(text); // requires a secure context, such as a loopback address
  } catch {
    if (!copySelected(text)) return;
  }
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

// copySelected copies without the Clipboard API, which browsers disable on plain HTTP to another host.
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

// expandTarget expands the list that contains the target of the URL's fragment.
function expandTarget() {
  const target = location.hash.length > 1 && byId(decodeURIComponent(location.hash.slice(1)));
  const details = target && target.closest("details");
  if (!details || details.open) return;
  details.open = true;
  target.scrollIntoView();
}
addEventListener("hashchange", expandTarget);
expandTarget();

if (facts) {
  const hint = document.createElement("p");
  hint.textContent = "Point at a Service, a Pod or an arrow, or move to it with the Tab key, to read its facts here. Click it to read more.";
  facts.append(hint);
  changes.hidden = false;
  document.addEventListener("pointerover", showFrom);
  document.addEventListener("focusin", showFrom);
  for (const type of ["pointerdown", "pointerup", "pointercancel"]) document.addEventListener(type, setPressed);
  listen();
}
if (byId("trace")) pollTrace();
