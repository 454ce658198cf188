// The tree of actors, live: a treegrid that one can walk with the arrow keys.

import {openActor} from "./actor_panel.js";
import {el, keep, say, setClass} from "./dom.js";
import {count, duration, plural} from "./format.js";
import * as house from "./house.js";
import {meter} from "./plot.js";
import {poll} from "./poll.js";

const seconds = 2;
const secondsOfMany = 8;  // a crowd costs the node more
const many = 3000;
const siblingsMax = 200;  // rows of one branch; a filter finds the others
const openByItself = 12;  // children
const fullShare = 0.5;    // of a mailbox

/// Actors by their paths, with a branch for each part of a path that is no actor.
export function treeOf(actors) {
  const root = {path: "", name: "", level: 0, children: [], actor: null, below: 0};
  const nodes = new Map([["", root]]);
  const nodeAt = (path) => {
    const known = nodes.get(path);
    if (known)
      return known;
    const cut = path.lastIndexOf("/");
    const parent = nodeAt(path.slice(0, Math.max(0, cut)));
    const node = {path, name: path.slice(cut + 1) || "/", level: parent.level + 1, parent, children: [], actor: null, below: 0};
    parent.children.push(node);
    nodes.set(path, node);
    return node;
  };
  for (const actor of actors) {
    const node = nodeAt(actor.path.replace(/\/+$/, "") || "/");
    // Two may have one path for a moment; the youngest is the one that acts find.
    if (!node.actor || node.actor.age_seconds > actor.age_seconds)
      node.actor = actor;
    for (let up = node.parent; up; up = up.parent)
      ++up.below;
  }
  return {root, nodes};
}

const isTroubled = (a) => a.restarts > 0 || a.last_error || a.busy_seconds || a.refused > 0
  || (a.mailbox_limit > 0 && a.mailbox >= a.mailbox_limit * fullShare);

function matches(node, words, troubled) {
  const a = node.actor;
  if (troubled && !(a && isTroubled(a)))
    return false;
  const text = `${node.path} ${a?.kind ?? ""} ${a?.state ?? ""} ${a?.last_error ?? ""}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/// The rows to show, each {node, isOpen} or {more, node}.
function rowsOf(root, toggled, words, troubled) {
  const searching = words.length > 0 || troubled;
  const wanted = new Set();
  const mark = (node) => {
    let any = node.level > 0 && matches(node, words, troubled);
    for (const child of node.children)
      any = mark(child) || any;
    if (any)
      wanted.add(node);
    return any;
  };
  if (searching)
    mark(root);
  const rows = [];
  const walk = (node) => {
    const children = searching ? node.children.filter((c) => wanted.has(c)) : node.children;
    for (const child of children.slice(0, siblingsMax)) {
      const isOpen = child.children.length > 0
        && (toggled.get(child.path) ?? (searching || child.level === 1 || child.children.length <= openByItself));
      rows.push({node: child, isOpen});
      if (isOpen)
        walk(child);
    }
    if (children.length > siblingsMax)
      rows.push({node, more: children.length - siblingsMax});
  };
  walk(root);
  return rows;
}

export function actorsView() {
  const toggled = new Map();
  let tree = treeOf([]);
  let rows = [];
  let active = null; // the path of the row that Tab reaches
  let handledBefore = new Map();
  let lookedAt = 0;
  let perSecond = new Map();

  const search = el("input", {type: "text", role: "searchbox", placeholder: "Filter by path, kind, state, error", "aria-label": "Filter actors", "aria-keyshortcuts": "/", spellcheck: "false"});
  const troubled = el("input", {type: "checkbox", id: "troubled"});
  const note = el("span", {class: "quiet", role: "status"});
  const body = el("div", {role: "treegrid", "aria-label": "Actors", class: "tree"});
  const nothing = el("p", {class: "empty"}, "…");
  const head = el("div", {class: "tree-row tree-head", "aria-hidden": "true"},
    ["Actor", "State", "Mailbox", "In hand", "Messages/s", "Handled", "Restarts", "Age"].map((name) => el("span", {}, name)));

  const polling = poll(() => (tree.root.below > many ? secondsOfMany : seconds), house.actors, (said, error) => {
    if (error) {
      rows = [];
      keep(body, [], () => "", null, null);
      say(nothing, house.isMissing(error) ? "Not available on this node." : `${error.message}.`);
      nothing.hidden = false;
      return;
    }
    measure(said.actors);
    tree = treeOf(said.actors);
    say(note, said.count > said.actors.length ? `the first ${count(said.actors.length)} of ${plural(said.count, "actor")}` : plural(said.count, "actor"));
    draw();
  });

  function measure(actors) {
    const now = performance.now();
    const span = (now - lookedAt) / 1000;
    perSecond = new Map();
    const handled = new Map();
    for (const a of actors) {
      handled.set(a.path, a.handled);
      const before = handledBefore.get(a.path);
      if (before !== undefined && a.handled >= before)
        perSecond.set(a.path, (a.handled - before) / span);
    }
    handledBefore = handled;
    lookedAt = now;
  }

  function draw() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    rows = rowsOf(tree.root, toggled, words, troubled.checked);
    if (!rows.some((r) => r.node.path === active && !r.more))
      active = rows[0]?.node.path ?? null;
    keep(body, rows, (r) => (r.more ? `${r.node.path}//more` : r.node.path), createRow, updateRow);
    say(nothing, tree.root.below ? "No actor like that." : "Nobody is on stage.");
    nothing.hidden = rows.length > 0;
  }

  function createRow() {
    const box = meter();
    const twist = el("span", {class: "twist", "aria-hidden": "true"});
    const name = el("span", {class: "mono name"});
    const kind = el("span", {class: "quiet kind"});
    const state = el("span", {class: "pill small"});
    const cells = [el("span", {class: "who"}, twist, name, kind), el("span", {}, state), el("span", {}, box.node),
      ...Array.from({length: 5}, () => el("span", {class: "number"}))];
    cells.forEach((c) => c.setAttribute("role", "gridcell"));
    const row = el("div", {role: "row", class: "tree-row", tabindex: "-1"}, cells);
    Object.assign(row, {box, twist, nameText: name, kindText: kind, state, cells});
    return row;
  }

  function updateRow(row, {node, isOpen, more}) {
    row.node = node;
    row.more = more;
    row.style.setProperty("--level", more ? node.level : node.level - 1);
    const a = more ? null : node.actor;
    row.setAttribute("aria-level", more ? node.level + 1 : node.level);
    row.setAttribute("tabindex", !more && node.path === active ? "0" : "-1");
    if (!more && node.children.length)
      row.setAttribute("aria-expanded", String(isOpen));
    else
      row.removeAttribute("aria-expanded");
    setClass(row, `tree-row${a ? "" : " branch"}${more ? " more" : ""}`);
    say(row.twist, !more && node.children.length ? (isOpen ? "▾" : "▸") : "");
    say(row.nameText, more ? `${count(more)} more: a filter finds them` : node.name);
    say(row.kindText, more ? "" : [a && a.kind !== node.name ? a.kind : "", node.below ? plural(node.below, "actor") : ""].filter(Boolean).join(", "));
    say(row.state, a?.state ?? "");
    setClass(row.state, `pill small ${a?.busy_seconds ? "warn" : ""}`);
    row.state.hidden = !a?.state;
    row.box.node.hidden = !a;
    if (a)
      row.box.show(a.mailbox, a.mailbox_limit, `${count(a.mailbox)} / ${count(a.mailbox_limit)}`);
    const speed = perSecond.get(node.path);
    const cells = a ? [a.in_hand ? count(a.in_hand) : "", speed === undefined ? "" : count(speed), count(a.handled),
      a.restarts ? count(a.restarts) : "", duration(a.age_seconds)] : ["", "", "", "", ""];
    cells.forEach((text, i) => say(row.cells[3 + i], text));
    setClass(row.cells[6], `number ${a?.restarts ? "warn" : ""}`);
    row.title = a?.last_error ? `Its predecessor ended with: ${a.last_error}` : "";
  }

  const rowAt = (path) => [...body.children].find((r) => !r.more && r.node.path === path);

  function go(path) {
    rowAt(active)?.setAttribute("tabindex", "-1");
    active = path;
    const row = rowAt(path);
    row?.setAttribute("tabindex", "0");
    row?.focus();
  }

  function toggle(path, open) {
    toggled.set(path, open);
    draw();
  }

  function enter(node, isOpen) {
    if (node.actor)
      openActor(node.actor.path);
    else
      toggle(node.path, !isOpen);
  }

  body.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey)
      return;
    const places = rows.filter((r) => !r.more);
    const i = places.findIndex((r) => r.node.path === active);
    if (i < 0)
      return;
    const {node, isOpen} = places[i];
    const hasChildren = node.children.length > 0;
    const to = (index) => go(places[Math.min(places.length - 1, Math.max(0, index))].node.path);
    const page = 15;
    const moves = {
      ArrowDown: () => to(i + 1), ArrowUp: () => to(i - 1),
      PageDown: () => to(i + page), PageUp: () => to(i - page),
      Home: () => to(0), End: () => to(places.length - 1),
      ArrowRight: () => (!hasChildren ? null : isOpen ? to(i + 1) : toggle(node.path, true)),
      ArrowLeft: () => (hasChildren && isOpen ? toggle(node.path, false) : node.parent.level > 0 ? go(node.parent.path) : null),
      Enter: () => enter(node, isOpen), " ": () => enter(node, isOpen),
    };
    if (moves[event.key]) {
      event.preventDefault();
      moves[event.key]();
    }
  });
  body.addEventListener("click", (event) => {
    const row = event.target.closest(".tree-row");
    if (!row || row.more)
      return;
    const isOpen = row.getAttribute("aria-expanded") === "true";
    go(row.node.path);
    if (event.target === row.twist && row.node.children.length)
      toggle(row.node.path, !isOpen);
    else
      enter(row.node, isOpen);
  });
  search.addEventListener("input", draw);
  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && active !== null) {
      event.preventDefault();
      go(active);
    }
  });
  troubled.addEventListener("change", draw);

  return {
    node: el("div", {class: "view"},
      el("h2", {class: "unseen"}, "Actors"),
      el("div", {class: "bar"}, search, el("label", {class: "check"}, troubled, " Only those in trouble"), note),
      el("div", {class: "card tree-card"}, head, body, nothing)),
    search,
    stop: () => polling.stop(),
  };
}
