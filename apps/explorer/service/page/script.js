// Every two seconds the network is drawn anew by the server. Without this script the page still shows it, once.
"use strict";
const network = document.getElementById("network");
const message = document.getElementById("status");
async function refresh() {
  if (!document.hidden) {
    try {
      const response = await fetch("/network", { signal: AbortSignal.timeout(10000) });
      if (!response.headers.get("Content-Type").startsWith("text/html")) throw new Error(response.statusText);
      network.innerHTML = await response.text();
      say("Refreshed every 2 seconds.");
    } catch (error) {
      say("The explorer does not answer. What you see is old; trying again.");
    }
  }
  setTimeout(refresh, 2000);
}
// A screen reader speaks when the text changes, so the same text is not set twice.
function say(text) {
  if (message.textContent !== text) message.textContent = text;
}
setTimeout(refresh, 2000);
