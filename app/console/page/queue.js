// The queue: search, a list, and acts on what is chosen.

import {button, el, say, table} from "./dom.js";
import {statePill} from "./breakers.js";
import {bytes, count, duration, known, plural} from "./format.js";
import * as house from "./house.js";
import {actOn, acts, openMessage, wordOf} from "./message_panel.js";
import {poll, refresh} from "./poll.js";

const seconds = 4;
const step = 100;
const limitMax = 1000;

/// "ann" finds every address with it; who writes * or ? says exactly what is meant.
const glob = (text) => (text === "" || /[*?]/.test(text) || text === "<>" ? text : `*${text}*`);

const tone = (m) => ({held: "warn", deferred: "bad", queued: "good"})[m.state] ?? "";

export function queueView() {
  const chosen = new Set();
  let limit = step;
  let shown = [];

  const field = (name, input) => el("label", {class: "field"}, el("span", {}, name), input);
  const option = (value, text) => el("option", {value}, text);
  const to = el("input", {type: "text", role: "searchbox", name: "to", placeholder: "bob@example.org, *@example.org", spellcheck: "false", autocomplete: "off", "aria-keyshortcuts": "/"});
  const from = el("input", {type: "text", role: "searchbox", name: "from", placeholder: "ann, <> for bounces", spellcheck: "false", autocomplete: "off"});
  const state = el("select", {name: "state"}, option("", "any"), option("queued", "queued"), option("deferred", "deferred"), option("held", "held"));
  const older = el("select", {name: "older"}, option("", "any age"),
    [["1m", "1 minute"], ["10m", "10 minutes"], ["1h", "1 hour"], ["4h", "4 hours"], ["1d", "1 day"], ["2d", "2 days"]].map(([v, t]) => option(v, t)));
  const form = el("form", {class: "bar search", role: "search"},
    field("To", to), field("From", from), field("State", state), field("Older than", older));
  const note = el("span", {class: "quiet", role: "status"});
  const every = el("input", {type: "checkbox", "aria-label": "Choose all that are shown"});
  const beyond = el("input", {type: "checkbox", id: "beyond"});
  const more = button("Show more", () => {
    limit = Math.min(limitMax, limit + step);
    polling.now();
  });
  const actButtons = acts.map((act) => button(wordOf(act), () => run(act), {class: act === "remove" || act === "bounce" ? "danger small" : "small", disabled: true}));

  const filter = () => Object.fromEntries(Object.entries({
    to: glob(to.value.trim()), from: glob(from.value.trim()), state: state.value, older: older.value,
  }).filter(([, v]) => v !== ""));

  const list = table("Messages in the queue", [
    {
      name: "", class: "choose", build: (item) => el("input", {
        type: "checkbox", "aria-label": `Choose ${item()?.id ?? ""}`,
        onchange: (event) => choose(item().id, event.target.checked),
      }),
      refresh(cell, m) {
        cell.firstChild.checked = chosen.has(m.id);
        cell.firstChild.setAttribute("aria-label", `Choose ${m.id}`);
      },
    },
    {name: "Message", head: true, build: (item) => button("", () => openMessage(item().id), {class: "link mono"}), refresh: (cell, m) => say(cell.firstChild, m.id)},
    {name: "State", ...statePill((m) => m.state, tone)},
    {name: "From", class: "address", show: (m) => m.from},
    {name: "To", class: "address", show: (m) => m.to.join(", ") + (m.recipients > m.to.length ? ` and ${count(m.recipients - m.to.length)} more` : "")},
    {name: "Size", class: "number", show: (m) => bytes(m.bytes)},
    {name: "Age", class: "number", show: (m) => duration(m.age_seconds)},
    {name: "Next", class: "number", show: (m) => (!known(m.next_attempt_seconds) ? "–" : m.next_attempt_seconds > 0 ? duration(m.next_attempt_seconds) : "now")},
    {name: "Tries", class: "number", show: (m) => count(m.attempts)},
    {name: "Last word", class: "reply", show: (m) => m.reason ?? "–"},
  ], {empty: "…", keyOf: (m) => m.id, onopen: (m) => openMessage(m.id)});

  const polling = poll(seconds, () => house.messages(filter(), limit), (said, error) => {
    if (error) {
      shown = [];
      list.show([], house.isMissing(error) ? "Not available on this node." : `${error.message}.`);
    } else {
      shown = said.messages;
      const there = new Set(shown.map((m) => m.id));
      chosen.forEach((id) => there.has(id) || chosen.delete(id));
      list.show(shown, Object.keys(filter()).length ? "No message like that." : "The queue is empty.");
      const broken = said.unreadable?.length ? `, a shard cannot be read: ${said.unreadable.join(", ")}` : "";
      say(note, `${plural(shown.length, "message")}${said.complete ? "" : ", and more"}${broken}`);
      more.hidden = said.complete || limit >= limitMax;
    }
    showChoice();
  });

  function choose(id, yes) {
    if (yes)
      chosen.add(id);
    else
      chosen.delete(id);
    showChoice();
  }

  function showChoice() {
    const all = beyond.checked;
    every.checked = shown.length > 0 && chosen.size === shown.length;
    every.indeterminate = chosen.size > 0 && chosen.size < shown.length;
    every.disabled = all || shown.length === 0;
    actButtons.forEach((b) => (b.disabled = all ? shown.length === 0 : chosen.size === 0));
    say(howMany, all ? "all that match" : chosen.size ? `${count(chosen.size)} chosen` : "none chosen");
  }

  async function run(act) {
    const words = filter();
    const isAll = beyond.checked;
    const which = !isAll ? {ids: [...chosen]} : Object.keys(words).length ? words : {all: true};
    const about = !isAll ? plural(chosen.size, "message") : Object.keys(words).length ? "all messages that match the search" : "every message in the queue";
    if (await actOn(act, which, about)) {
      chosen.clear();
      beyond.checked = false;
    }
    refresh();
  }

  const howMany = el("span", {class: "quiet chosen", role: "status"});
  every.addEventListener("change", () => {
    shown.forEach((m) => (every.checked ? chosen.add(m.id) : chosen.delete(m.id)));
    polling.now();
  });
  beyond.addEventListener("change", showChoice);
  let typing = 0;
  form.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(search, 250);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });

  /// The search stands in the address, so that it can be kept and passed on.
  function search() {
    clearTimeout(typing);
    limit = step;
    const words = new URLSearchParams([...new FormData(form)].filter(([, v]) => v !== ""));
    history.replaceState(null, "", `#queue${words.size ? `?${words}` : ""}`);
    polling.now();
  }

  return {
    node: el("div", {class: "view"},
      el("h2", {class: "unseen"}, "Queue"), form,
      el("div", {class: "card"},
        el("div", {class: "bar acts-bar"},
          el("label", {class: "check"}, every, " All shown"),
          el("label", {class: "check"}, beyond, " All that match"),
          howMany, el("span", {class: "group"}, actButtons), note),
        list.node, more)),
    search: to,
    read(words) {
      for (const input of [to, from, state, older])
        input.value = words.get(input.name) ?? "";
      polling.now();
    },
    stop() {
      clearTimeout(typing);
      polling.stop();
    },
  };
}
