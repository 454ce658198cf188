// The panel at the side, in which one actor, message or route is looked at. One at a
// time; Escape closes it and gives the focus back to what opened it.

import {button, el} from "./dom.js";

const panel = document.getElementById("panel");
let leave = null;
let opener = null;

export const isOpen = () => !panel.hidden;

/// Shows `content` under a title until closed or replaced; `onleave` then runs once.
export function openPanel(kind, title, content, onleave) {
  leave?.();
  leave = onleave ?? null;
  if (panel.hidden || !panel.contains(document.activeElement))
    opener = document.activeElement;
  panel.replaceChildren(
    el("div", {class: "panel-head"},
      el("p", {class: "eyebrow"}, kind),
      el("h2", {id: "panel-title"}, title),
      button("×", closePanel, {class: "plain close", "aria-label": "Close the panel (Escape)"})),
    content);
  panel.hidden = false;
  panel.scrollTop = 0;
  document.body.classList.add("has-panel");
  panel.focus({preventScroll: true});
}

export function closePanel() {
  if (panel.hidden)
    return;
  const back = panel.contains(document.activeElement) || document.activeElement === document.body;
  panel.hidden = true;
  document.body.classList.remove("has-panel");
  panel.replaceChildren();
  leave?.();
  leave = null;
  if (back)
    (opener?.isConnected ? opener : document.getElementById("main")).focus({preventScroll: true});
  opener = null;
}

/// A list of names and values: facts([["State", "serving"], …]); values may be nodes.
export function facts(pairs) {
  return el("dl", {class: "facts"}, pairs
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

export const section = (title, ...content) => el("section", {}, el("h3", {}, title), content);
