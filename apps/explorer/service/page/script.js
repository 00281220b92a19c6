// The map is drawn by the server. This script puts in what the server sends when something changes, and shows the facts of
// what is pointed at. Without it every page still works: the map is then as old as the page.
"use strict";

const byId = (id) => document.getElementById(id);
const status = byId("status");
const facts = byId("facts");

// A screen reader speaks when the text changes, so the same text is not set twice.
function say(text) {
  if (status.textContent !== text) status.textContent = text;
}

// --- Facts of a node or a call, on hover and on focus ---

let shown = "";
function show(pointed) {
  if (!pointed) return;
  const told = byId("facts-" + pointed.id.slice("node-".length));
  const sentence = document.createElement("p");
  sentence.textContent = pointed.getAttribute("aria-label");
  shown = pointed.id;
  facts.replaceChildren(pointed.matches(".node") && told ? told.content.cloneNode(true) : sentence);
}
function showFrom(event) {
  show(event.target.closest(".node, .call"));
}

// --- The map, live ---

// states is how each call does, by the id of its arrow.
function states() {
  return new Map([...document.querySelectorAll("a.call")].map((call) => [call.id, call.dataset.state + call.dataset.code]));
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
  const changed = [...document.querySelectorAll("a.call")].filter(
    (call) => before.has(call.id) && before.get(call.id) !== call.dataset.state + call.dataset.code,
  );
  const live = document.querySelector("#notices .problem") ? "The explorer answers. Read the problem above the map." : "Live.";
  if (changed.length > 3) say(`${live} ${changed.length} calls have changed.`);
  else if (changed.length > 0) say([live, ...changed.map((call) => call.getAttribute("aria-label"))].join(" "));
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

function listen() {
  const events = new EventSource("/events");
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
  events.addEventListener("map", (event) => {
    heard();
    put(event.data);
  });
  events.addEventListener("alive", heard);
  // A browser tries again by itself, except after an answer that is no stream of events, such as that of a proxy.
  events.addEventListener("error", () => (events.readyState === EventSource.CLOSED ? again() : lost()));
  heard();
}

// --- A request whose spans are still on their way ---

async function follow() {
  if (!byId("trace").dataset.young) return;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(5000) });
    const trace = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("trace");
    const old = byId("trace");
    // Whoever is reading a part of it with the keyboard is not interrupted.
    if (trace && !old.isEqualNode(trace) && !old.contains(document.activeElement)) old.replaceWith(trace);
  } catch {
    // What is on the page stays. The next try may come through.
  }
  setTimeout(follow, 1500);
}

if (facts) {
  document.addEventListener("pointerover", showFrom);
  document.addEventListener("focusin", showFrom);
  for (const type of ["pointerdown", "pointerup", "pointercancel"]) document.addEventListener(type, press);
  listen();
}
if (byId("trace")) follow();
