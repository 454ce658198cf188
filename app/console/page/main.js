// The frame of the page: views, the line at the top, and the keys.

import {onContact, whoAsksForToken} from "./api.js";
import {actorsView} from "./actors.js";
import {askToken, showKeys} from "./dialogs.js";
import {el, say, setClass} from "./dom.js";
import {duration} from "./format.js";
import * as house from "./house.js";
import {overviewView} from "./overview.js";
import {closePanel, isOpen} from "./panel.js";
import {isPaused, poll, setPaused} from "./poll.js";
import {queueView} from "./queue.js";
import {routesView} from "./routes.js";

const views = [
  ["overview", "Overview", overviewView],
  ["actors", "Actors", actorsView],
  ["queue", "Queue", queueView],
  ["routes", "Routes", routesView],
];
const statusSeconds = 2;
const themes = ["system", "light", "dark"];

const byId = (id) => document.getElementById(id);
let current = null;

const tabs = views.map(([name, title], i) =>
  el("a", {href: `#${name}`, "aria-keyshortcuts": i + 1}, title));
byId("tabs").append(...tabs);

function show() {
  const [name, words = ""] = location.hash.slice(1).split("?");
  const index = Math.max(0, views.findIndex(([each]) => each === name));
  if (current?.index === index) {
    current.view.read?.(new URLSearchParams(words));
    return;
  }
  current?.view.stop();
  closePanel();
  const view = views[index][2]();
  current = {index, view};
  tabs.forEach((tab, i) => (i === index ? tab.setAttribute("aria-current", "page") : tab.removeAttribute("aria-current")));
  byId("main").replaceChildren(view.node);
  document.title = `${views[index][1]} – Troupe`;
  view.read?.(new URLSearchParams(words));
}

// -- the line at the top

let reachable = true;
onContact((there) => {
  reachable = there;
  showHealth(null);
});

function showHealth(status) {
  if (!reachable) {
    say(byId("ready"), "No answer");
    setClass(byId("ready"), "pill bad");
    return;
  }
  if (!status)
    return;
  const state = status.draining ? "draining" : !status.ready ? "not ready" : status.degraded?.length ? "degraded" : "ready";
  const reasons = [...(status.reasons ?? []), ...(status.degraded ?? [])];
  say(byId("ready"), state);
  setClass(byId("ready"), `pill ${{ready: "good", degraded: "warn"}[state] ?? "bad"}`);
  say(byId("node-name"), status.node);
  byId("node-name").title = status.hostname ?? "";
  say(byId("uptime"), `up ${duration(status.uptime_seconds)}`);
  byId("uptime").title = `Troupe ${status.version ?? ""}, process ${status.pid ?? ""}`;
  say(byId("reasons"), reasons.join(" · "));
  byId("reasons").hidden = reasons.length === 0;
}

function showPause() {
  say(byId("pause"), isPaused() ? "Paused" : "Live");
  byId("pause").setAttribute("aria-pressed", String(isPaused()));
}

function pause() {
  setPaused(!isPaused());
  showPause();
}

function setTheme(name) {
  document.documentElement.dataset.theme = name;
  localStorage.setItem("troupe-theme", name);
  say(byId("theme"), {system: "Auto", light: "Light", dark: "Dark"}[name]);
  byId("theme").setAttribute("aria-label", `Colours: ${name}. Change them`);
}

byId("pause").addEventListener("click", pause);
byId("keys").addEventListener("click", showKeys);
byId("theme").addEventListener("click", () =>
  setTheme(themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length]));

// -- keys

const isTyping = (node) => node.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]"))
    return;
  if (event.key === "Escape") {
    if (isOpen()) {
      event.preventDefault();
      closePanel();
    } else if (isTyping(event.target)) {
      event.target.blur();
    }
    return;
  }
  if (isTyping(event.target))
    return;
  const view = views[Number(event.key) - 1];
  if (view)
    location.hash = view[0];
  else if (event.key === "/" && current.view.search) {
    event.preventDefault();
    current.view.search.focus();
    current.view.search.select();
  } else if (event.key === "?")
    showKeys();
  else if (event.key === "p")
    pause();
});

const stored = localStorage.getItem("troupe-theme");
setTheme(themes.includes(stored) ? stored : "system");
showPause();
whoAsksForToken(askToken);
window.addEventListener("hashchange", show);
show();
poll(statusSeconds, house.status, (status) => showHealth(status));
