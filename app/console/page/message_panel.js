// One message: its recipients, what it waits for, and what can be done to it.

import {perform, confirmed} from "./dialogs.js";
import {button, el, redraw} from "./dom.js";
import {bytes, count, duration, known, moment, plural} from "./format.js";
import * as house from "./house.js";
import {facts, openPanel, section} from "./panel.js";
import {poll, refresh} from "./poll.js";

const seconds = 3;

const words = {
  hold: ["Hold", "held", "Nothing is tried until they are released."],
  release: ["Release", "released", "They are tried at once."],
  retry: ["Retry now", "tried now", "They don't wait for their next attempt."],
  bounce: ["Bounce", "returned", "They go back to their senders as undeliverable. That cannot be undone."],
  remove: ["Remove", "removed", "They are gone for good, and nobody is told. That cannot be undone."],
};
export const acts = Object.keys(words);
export const wordOf = (act) => words[act][0];

/// Asks and acts on the messages of `which`, which is what the API takes; `about` says
/// them in words. A filter is gone through to its end, part by part. True if it was done.
export async function actOn(act, which, about) {
  const [word, done, consequence] = words[act];
  const isFinal = act === "remove" || act === "bounce";
  if (!await confirmed({title: `${word}: ${about}?`, words: consequence, act: word, danger: isFinal}))
    return false;
  return perform(async () => {
    let total = 0;
    for (let after; ;) {
      const said = await house.queueAct(act, after ? {...which, after} : which);
      total += said.done;
      after = said.next;
      if (!after)
        return total;
    }
  }, (total) => `${plural(total, "message")} ${done}`);
}

export function openMessage(id) {
  const content = el("div", {}, el("p", {class: "empty"}, "…"));
  const details = el("div");
  const letter = el("div", {class: "letter"});
  const buttons = Object.fromEntries(acts.map((act) => [act, button(wordOf(act), async () => {
    if (await actOn(act, {ids: [id]}, id))
      refresh();
  }, {class: act === "remove" || act === "bounce" ? "danger" : ""})]));
  const row = el("div", {class: "buttons start"}, Object.values(buttons));
  const show = button("Show the letter", () => showLetter(id, letter), {class: "small"});
  const polling = poll(seconds, () => house.why(id), (mail, error) => {
    if (mail) {
      redraw(details, describe(mail));
      buttons.hold.hidden = mail.state === "held";
      buttons.retry.hidden = mail.state === "held";
      buttons.release.hidden = mail.state !== "held";
      if (content.firstChild !== row)
        content.replaceChildren(row, details, section("Letter", show, letter));
    } else if (house.isMissing(error)) {
      content.replaceChildren(el("p", {class: "note"}, "It is no longer in the queue. What became of it stands in the log."), details);
    } else {
      content.replaceChildren(el("p", {class: "note"}, `${error.message}.`), row, details, letter);
    }
  });
  openPanel("Message", id, content, () => polling.stop());
}

async function showLetter(id, into) {
  try {
    const mail = await house.message(id, true);
    into.replaceChildren(el("pre", {tabindex: "0", "aria-label": "The letter as it came"}, mail.body),
      mail.body_cut ? el("p", {class: "quiet"}, "Cut here.") : "");
  } catch (why) {
    into.replaceChildren(el("p", {class: "note"}, `${why.message}.`));
  }
}

function describe(mail) {
  return [
    mail.waits_for?.length
      ? section("It waits for", el("ul", {class: "waits"}, mail.waits_for.map((line) => el("li", {}, line))))
      : null,
    facts([
      ["State", mail.state], ["From", mail.from], ["Held because", mail.hold_reason],
      ["Received", `${moment(mail.received)}, ${duration(mail.age_seconds)} ago`], ["Client", mail.client],
      ["Size", bytes(mail.bytes)], ["Priority", mail.priority], ["ENVID", mail.envid], ["Where", mail.where],
      ["Shard", count(mail.shard)],
    ]),
    section(plural(mail.recipients.length, "recipient"), el("ul", {class: "recipients"}, mail.recipients.map(recipient))),
  ].filter(Boolean);
}

function recipient(who) {
  const next = who.state === "queued" && known(who.next_attempt_seconds)
    ? (who.next_attempt_seconds > 0 ? `next in ${duration(who.next_attempt_seconds)}` : "due now") : "";
  return el("li", {},
    el("p", {}, el("span", {class: "mono"}, who.to), " ", el("span", {class: "pill small"}, who.state)),
    el("p", {class: "quiet"}, [plural(who.attempts, "attempt"), who.last_attempt ? `last at ${moment(who.last_attempt)}` : "", next].filter(Boolean).join(", ")),
    who.last_reply ? el("p", {class: "mono quote"}, who.last_reply) : null);
}
