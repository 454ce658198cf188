// Routes: the next hops of mail, the busiest first.

import {statePill, tablePart} from "./breakers.js";
import {confirmed, perform} from "./dialogs.js";
import {button, el, say} from "./dom.js";
import {count, duration, known} from "./format.js";
import * as house from "./house.js";
import {closePanel, facts, openPanel, section} from "./panel.js";
import {refresh} from "./poll.js";

const tone = (route) => ({suspended: "warn", resting: "bad", draining: "warn"})[route.state] ?? "good";
const isSuspended = (route) => route.state === "suspended";

/// A route that is suspended and does not stand now is known by its name only.
function allOf(said) {
  const standing = new Set(said.routes.map((r) => r.name));
  const absent = (said.suspended ?? []).filter((r) => !standing.has(r.name))
    .map((r) => ({name: r.name, state: "suspended", suspended_seconds: r.left_seconds}));
  return [...said.routes, ...absent];
}

async function suspend(route) {
  const sure = await confirmed({
    title: "Suspend this route?", about: route.name, act: "Suspend",
    words: "Its mail waits, and nothing is tried, for an hour or until it is resumed.",
  });
  if (sure && await perform(() => house.routeAct("suspend", route.name), () => `${route.name} is suspended`))
    refresh();
}

async function resume(route) {
  if (await perform(() => house.routeAct("resume", route.name), () => `${route.name} goes on`))
    refresh();
}

function acts(item) {
  const node = button("", () => (isSuspended(item()) ? resume(item()) : suspend(item())), {class: "small"});
  return el("span", {class: "row-acts"}, node);
}

const columns = [
  {name: "Route", head: true, build: (item) => button("", () => openRoute(item()), {class: "link mono"}),
    refresh: (cell, r) => say(cell.firstChild, r.name)},
  {name: "State", ...statePill((r) => r.state, tone)},
  {name: "Ready", class: "number", show: (r) => count(r.ready)},
  {name: "In hand", class: "number", show: (r) => count(r.in_hand)},
  {name: "Sessions", class: "number", show: (r) => `${count(r.sessions)} / ${count(r.window)}`},
  {name: "Delivered", class: "number", show: (r) => count(r.delivered)},
  {name: "Deferred", class: "number", show: (r) => count(r.deferred), tone: (r) => (r.deferred > 0 ? "warn" : "")},
  {name: "Failed", class: "number", show: (r) => count(r.failed), tone: (r) => (r.failed > 0 ? "bad" : "")},
  {name: "Last reply", class: "reply", show: (r) => r.last_reply ?? "–"},
  {name: "", class: "acts", build: acts, refresh: (cell, r) => say(cell.querySelector("button"), isSuspended(r) ? "Resume" : "Suspend")},
];

/// The table of routes whose name or reply holds `words()`.
export function routesPart({title = "Routes", most, words = () => ""}) {
  return tablePart({
    title, most, keyOf: (r) => r.name, columns, ask: house.routes, onopen: openRoute,
    listOf: (said) => allOf(said).filter((r) => `${r.name} ${r.last_reply ?? ""}`.toLowerCase().includes(words())),
    empty: words() ? "No route like that." : "No routes: mail has gone nowhere yet.",
  });
}

export function openRoute(route) {
  openPanel("Route", route.name, el("div", {},
    facts([
      ["State", route.state],
      ["Suspended for", known(route.suspended_seconds) ? `${duration(route.suspended_seconds)} more` : null],
      ["Breaker", route.breaker?.state],
      ["Rests for", known(route.rests_for_seconds) ? duration(route.rests_for_seconds) : null],
      ["Ready", count(route.ready)], ["In hand", count(route.in_hand)],
      ["Sessions", `${count(route.sessions)} of at most ${count(route.window)}`], ["Rate", route.rate],
      ["Delivered", count(route.delivered)], ["Deferred", count(route.deferred)], ["Failed", count(route.failed)],
    ]),
    route.last_reply ? section("Last reply", el("p", {class: "mono quote"}, route.last_reply)) : null,
    el("div", {class: "buttons start"},
      isSuspended(route)
        ? button("Resume", () => resume(route).then(closePanel), {class: "primary"})
        : button("Suspend", () => suspend(route).then(closePanel)))));
}

export function routesView() {
  const search = el("input", {type: "text", role: "searchbox", placeholder: "Filter by name or reply", "aria-label": "Filter routes", "aria-keyshortcuts": "/", spellcheck: "false"});
  const part = routesPart({words: () => search.value.trim().toLowerCase()});
  search.addEventListener("input", refresh);
  return {
    node: el("div", {class: "view"}, el("div", {class: "bar"}, search), part.node),
    search,
    stop: () => part.stop(),
  };
}
