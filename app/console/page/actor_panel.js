// One actor in full, live, with its last events; ends it on request.

import {confirmed, perform} from "./dialogs.js";
import {button, el, redraw} from "./dom.js";
import {bytes, count, duration, known, moment} from "./format.js";
import * as house from "./house.js";
import {facts, openPanel, section} from "./panel.js";
import {poll, refresh} from "./poll.js";

const seconds = 2;

const questions = {
  kill: ["End this actor as a crash would?", "Its supervisor counts it and starts it again. No message is lost.", "Kill"],
  restart: ["Restart this actor?", "It ends and is started again; nobody counts it as a crash. No message is lost.", "Restart"],
};

async function end(act, path) {
  const [title, words, word] = questions[act];
  if (!await confirmed({title, about: path, words, act: word}))
    return;
  await perform(() => house.actorAct(act, path), (said) => (said.ended === false ? `${path} is told to end, and has not yet` : `${path} has ended`));
  refresh();
}

export function openActor(path) {
  const content = el("div", {}, el("p", {class: "empty"}, "…"));
  const details = el("div");
  const acts = el("div", {class: "buttons start"},
    button("Restart", () => end("restart", path)), button("Kill", () => end("kill", path), {class: "danger"}));
  const polling = poll(seconds, () => house.actor(path), (actor, error) => {
    if (actor) {
      redraw(details, describe(actor));
      if (!acts.isConnected || content.firstChild !== acts)
        content.replaceChildren(acts, details);
    } else if (house.isMissing(error)) {
      content.replaceChildren(el("p", {class: "note"}, "Nobody has this path now."), details);
    } else {
      content.replaceChildren(el("p", {class: "note"}, `${error.message}.`), acts, details);
    }
  });
  openPanel("Actor", path, content, () => polling.stop());
}

function describe(a) {
  return [
    facts([
      ["Kind", a.kind], ["State", `${a.state ?? ""}${known(a.state_seconds) ? `, for ${duration(a.state_seconds)}` : ""}`],
      ["Busy", known(a.busy_seconds) ? `in one handler for ${duration(a.busy_seconds)}` : null],
      ["Mailbox", `${count(a.mailbox)} of at most ${count(a.mailbox_limit)}`],
      ["In hand", a.in_hand ? count(a.in_hand) : null],
      ["Handled", count(a.handled)], ["Refused", a.refused ? count(a.refused) : null],
      ["Born", a.born ? `${moment(a.born)}, ${duration(a.age_seconds)} ago` : duration(a.age_seconds)],
      ["Restarts", a.restarts ? count(a.restarts) : null], ["Last error", a.last_error], ["Silent", a.silent],
    ]),
    own(a.own),
    histograms(a.histograms),
    section("Last events", a.events?.length
      ? el("ol", {class: "events"}, [...a.events].reverse().map((e) => el("li", {}, el("time", {class: "quiet number"}, moment(e.at)), " ", el("span", {}, e.what))))
      : el("p", {class: "empty"}, "None yet.")),
  ].filter(Boolean);
}

const title = (key) => key[0].toUpperCase() + key.slice(1).replace(/_(seconds|bytes)$/, "").replaceAll("_", " ");

function value(key, x) {
  if (typeof x === "number")
    return key.endsWith("_seconds") ? duration(x) : key.endsWith("bytes") ? bytes(x) : count(x);
  if (typeof x === "boolean")
    return x ? "yes" : "no";
  if (Array.isArray(x))
    return x.map((each) => value(key, each)).join(", ");
  return x !== null && typeof x === "object" ? JSON.stringify(x) : String(x ?? "");
}

function own(said) {
  return said && Object.keys(said).length
    ? section("What it says of itself", facts(Object.entries(said).map(([key, x]) => [title(key), value(key, x)])))
    : null;
}

function histograms(all) {
  const rows = Object.entries(all ?? {}).filter(([, h]) => h.count > 0);
  return rows.length
    ? section("Of all of its kind", el("div", {class: "wide"}, el("table", {},
      el("thead", {}, el("tr", {}, ["", "Mean", "50 %", "90 %", "99 %"].map((name) => el("th", {scope: "col", class: name && "number"}, name)))),
      el("tbody", {}, rows.map(([name, h]) => el("tr", {}, el("th", {scope: "row"}, title(name)),
        [h.mean, h.p50, h.p90, h.p99].map((x) => el("td", {class: "number"}, value(name, x)))))))))
    : null;
}
