// Pools and breakers: a table each.

import {confirmed, perform} from "./dialogs.js";
import {button, el, say, setClass, table} from "./dom.js";
import {count, duration, known} from "./format.js";
import * as house from "./house.js";
import {meter} from "./plot.js";
import {poll, refresh} from "./poll.js";

const seconds = 3;

/// A titled part with a table that is asked for again and again.
export function tablePart({title, ask, listOf, columns, empty, keyOf, onopen, order, most, every = seconds}) {
  const rows = table(title, columns, {empty: "…", keyOf, onopen});
  const note = el("span", {class: "quiet"});
  const polling = poll(every, ask, (said, error) => {
    if (error) {
      rows.show([], house.isMissing(error) ? "Not available on this node." : `${error.message}.`);
      return;
    }
    let list = listOf(said);
    if (order)
      list = [...list].sort(order);
    const whole = said.count ?? list.length;
    if (most)
      list = list.slice(0, most);
    say(note, whole > list.length ? `${count(list.length)} of ${count(whole)}` : "");
    rows.show(list, empty);
  });
  return {
    node: el("section", {class: "card", "aria-label": title}, el("div", {class: "card-head"}, el("h2", {}, title), note), rows.node),
    stop: () => polling.stop(),
  };
}

/// A state as a word with a colour.
export function statePill(stateOf, toneOf) {
  return {
    build: () => el("span", {class: "pill small"}),
    refresh(cell, item) {
      say(cell.firstChild, stateOf(item));
      setClass(cell.firstChild, `pill small ${toneOf(item)}`);
    },
  };
}

/// A meter in a cell; `of` gives [part, whole, words].
export function meterCell(of, warns = true) {
  return {
    refresh(cell, item) {
      if (!cell.meter) {
        cell.meter = meter(warns);
        cell.append(cell.meter.node);
      }
      cell.meter.show(...of(item));
    },
  };
}

const of = (part, whole) => (known(whole) ? `${count(part)} / ${count(whole)}` : count(part));

export function poolsPart() {
  return tablePart({
    title: "Pools", ask: house.pools, listOf: (said) => said.pools ?? [],
    keyOf: (p) => p.name, empty: "No pools.",
    columns: [
      {
        name: "Pool", head: true,
        build: () => [el("span"), " ", el("span", {class: "pill small bad"})],
        refresh(cell, p) {
          say(cell.children[0], p.name);
          say(cell.children[1], p.trouble?.join(", "));
        },
      },
      {name: "Busy", ...meterCell((p) => [p.busy ?? 0, p.workers, of(p.busy, p.workers)], false)},
      {name: "Waiting", ...meterCell((p) => [p.buffered, p.buffer_limit, of(p.buffered, p.buffer_limit)])},
      {name: "Jobs", class: "number", show: (p) => count(p.jobs?.submitted)},
      {name: "Waited", class: "number", show: (p) => duration(p.wait_seconds?.mean)},
      {name: "Took", class: "number", show: (p) => duration(p.run_seconds?.mean)},
    ],
  });
}

export const breakerTone = (state) => ({closed: "good", open: "bad", half_open: "warn", "half-open": "warn"})[state] ?? "";

const verbs = ["open", "close", "reset"];
const titleOf = (verb) => verb[0].toUpperCase() + verb.slice(1);

async function act(verb, breaker) {
  const words = {
    open: "Nothing goes there until it is reset. What waits for it stays on disk.",
    close: "Everything goes there again, also if it fails, until it is reset.",
    reset: "What was counted is forgotten, and it judges for itself again.",
  }[verb];
  const title = {open: "Open this breaker?", close: "Close this breaker?", reset: "Reset this breaker?"}[verb];
  if (!await confirmed({title, about: breaker.name, words, act: titleOf(verb), danger: verb === "open"}))
    return;
  await perform(() => house.breakerAct(verb, breaker.name), (said) => `${breaker.name} is ${said.act ?? "changed"}`);
  refresh();
}

export function breakersPart() {
  const worst = (b) => ({open: 0, half_open: 1, "half-open": 1})[b.state] ?? 2;
  return tablePart({
    title: "Breakers", ask: house.breakers, listOf: (said) => said.breakers ?? [],
    keyOf: (b) => b.name, empty: "No breakers yet: one appears with each route and service.", most: 50,
    order: (a, b) => worst(a) - worst(b) || (b.failures ?? 0) - (a.failures ?? 0) || (a.name < b.name ? -1 : 1),
    columns: [
      {name: "Breaker", head: true, class: "mono", show: (b) => b.name},
      {name: "State", ...statePill((b) => b.state.replace("_", "-") + (b.forced && b.forced !== "none" ? " by hand" : ""), (b) => breakerTone(b.state))},
      {name: "Failed", class: "number", show: (b) => of(b.failures ?? 0, b.requests)},
      {name: "Why", class: "reply", show: (b) => [b.last_reason, known(b.open_seconds) ? `a trial in ${duration(b.open_seconds)}` : ""].filter(Boolean).join(", ") || "–"},
      {
        name: "", class: "acts", build: (item) => el("span", {class: "row-acts"},
          verbs.map((verb) => button(titleOf(verb), () => act(verb, item()), {class: "small"}))),
        refresh(cell, b) {
          const isForced = Boolean(b.forced) && b.forced !== "none";
          const isClosed = b.state === "closed";
          const offered = {open: isClosed, close: !isClosed, reset: isForced || !isClosed};
          verbs.forEach((verb, i) => (cell.firstChild.children[i].hidden = !offered[verb]));
        },
      },
    ],
  });
}

