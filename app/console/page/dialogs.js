// Questions to the operator, and short words about what came of an act.

import {button, el} from "./dom.js";

/// Shows `node` as a modal dialog until it closes; the browser keeps the focus inside,
/// closes it on Escape, and gives the focus back. Resolves to its return value.
function ask(node) {
  document.body.append(node);
  node.showModal();
  return new Promise((answer) => node.addEventListener("close", () => {
    node.remove();
    answer(node.returnValue);
  }, {once: true}));
}

/// Asks before something is done. `about` is what it is done to, `act` the button's word.
/// Resolves to true or false.
export async function confirmed({title, about, words, act, danger = true}) {
  const node = el("dialog", {"aria-labelledby": "dialog-title", class: "confirm"},
    el("form", {method: "dialog"},
      el("h2", {id: "dialog-title"}, title),
      about && el("p", {class: "about mono"}, about),
      words && el("p", {}, words),
      el("div", {class: "buttons"},
        el("button", {value: "no", autofocus: danger}, "Cancel"),
        el("button", {value: "yes", class: danger ? "danger" : "primary", autofocus: !danger}, act))));
  return await ask(node) === "yes";
}

/// Asks until a token is given.
export async function askToken(again) {
  for (;;) {
    const input = el("input", {type: "password", id: "token", autocomplete: "off", required: true, autofocus: true, spellcheck: "false"});
    const node = el("dialog", {"aria-labelledby": "dialog-title", class: "token"},
      el("form", {method: "dialog"},
        el("h2", {id: "dialog-title"}, "This node asks for its token"),
        el("p", {}, again ? "That was not the token. " : "",
          "It is the value of admin.token in the node's configuration. This tab keeps it until it is closed."),
        el("label", {for: "token"}, "Token"), input,
        el("div", {class: "buttons"}, el("button", {value: "yes", class: "primary"}, "Look inside"))));
    node.addEventListener("cancel", (event) => event.preventDefault());
    await ask(node);
    if (input.value)
      return input.value;
  }
}

const keys = [
  ["1 – 4", "Overview, Actors, Queue, Routes"],
  ["/", "Search in this view"],
  ["↑ ↓", "Go through the tree of actors, or along a plot with ← →"],
  ["→ ←", "Open and close a branch of the tree"],
  ["Enter", "Inspect what has the focus"],
  ["Esc", "Close the panel or the dialog"],
  ["p", "Pause, and go on"],
  ["?", "This list"],
];

export function showKeys() {
  if (document.querySelector("dialog[open]"))
    return;
  ask(el("dialog", {"aria-labelledby": "dialog-title", class: "keys"},
    el("form", {method: "dialog"},
      el("h2", {id: "dialog-title"}, "Keys"),
      el("dl", {}, keys.map(([key, what]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, what)])),
      el("div", {class: "buttons"}, el("button", {autofocus: true}, "Close")))));
}

const toastMs = 6000;
const toastsMax = 4;

/// `tone` is "good" or "bad".
export function toast(text, tone = "good") {
  const all = document.getElementById("toasts");
  const node = el("div", {class: `toast ${tone}`}, el("span", {}, text),
    button("×", () => node.remove(), {class: "plain", "aria-label": "Dismiss"}));
  all.append(node);
  while (all.children.length > toastsMax)
    all.firstElementChild.remove();
  if (tone === "good")
    setTimeout(() => node.remove(), toastMs);
}

/// Runs an act and says what came of it; the words are made of the answer.
export async function perform(act, words) {
  try {
    const answer = await act();
    toast(words(answer));
    return true;
  } catch (why) {
    toast(why.message, "bad");
    return false;
  }
}
