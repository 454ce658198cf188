// Builds elements. Text is only ever text: nothing in the console parses HTML, so what
// mail, peers and actors say can't become markup.

/// el("td", {class: "number", onclick: f}, "12", child). Children that are null are left out.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false)
      continue;
    if (name.startsWith("on"))
      node.addEventListener(name.slice(2), value);
    else
      node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((x) => x !== null && x !== undefined && x !== false).map(asNode));
  return node;
}

const svgNames = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(svgNames, tag);
  for (const [name, value] of Object.entries(attributes))
    node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

function asNode(x) {
  return x instanceof Node ? x : document.createTextNode(String(x));
}

/// Sets text only where it changed, so that a selection and a screen reader stay calm.
export function say(node, text) {
  const next = String(text ?? "");
  if (node.textContent !== next)
    node.textContent = next;
}

/// Puts `children` in the place of what `node` shows, unless somebody just selects text there.
export function redraw(node, children) {
  const selection = getSelection();
  if (selection.isCollapsed || !node.contains(selection.anchorNode))
    node.replaceChildren(...children);
}

export function setClass(node, names) {
  if (node.className !== names)
    node.className = names;
}

/// Makes the children of `parent` one for each item, in order. A child is kept as long
/// as its key is there, so focus and selection survive an update.
export function keep(parent, items, keyOf, create, update) {
  const known = parent.keptRows ?? new Map();
  const next = new Map();
  let at = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let row = known.get(key);
    if (!row)
      row = create(item);
    next.set(key, row);
    if (row === at)
      at = at.nextElementSibling;
    else
      parent.insertBefore(row, at);
    update(row, item);
  }
  for (const [key, row] of known)
    if (next.get(key) !== row)
      row.remove();
  parent.keptRows = next;
}

/// A table whose rows are kept; each column is {name, class, show(item) -> text or node}.
/// A cell that is a text is updated in place, one that is a node is built once.
export function table(caption, columns, {empty, keyOf, onopen}) {
  const body = el("tbody");
  const nothing = el("p", {class: "empty"}, empty);
  const wide = el("div", {class: "wide"},
    el("table", {}, el("caption", {class: "unseen"}, caption),
      el("thead", {}, el("tr", {}, columns.map((c) => el("th", {scope: "col", class: c.class}, c.name)))),
      body));
  const create = (item) => {
    const row = el("tr", {}, columns.map((c) => el(c.head ? "th" : "td", {class: c.class, scope: c.head ? "row" : null})));
    row.item = item;
    columns.forEach((c, i) => {
      if (c.build)
        row.children[i].append(...[c.build(() => row.item)].flat());
    });
    if (onopen)
      row.addEventListener("click", (event) => {
        if (!event.target.closest("button, a, input") && !String(getSelection()))
          onopen(row.item);
      });
    return row;
  };
  const update = (row, item) => {
    row.item = item;
    columns.forEach((c, i) => {
      const cell = row.children[i];
      if (c.refresh)
        c.refresh(cell, item);
      else if (c.show)
        say(cell, c.show(item));
      if (c.tone)
        setClass(cell, [c.class, c.tone(item)].filter(Boolean).join(" "));
    });
  };
  return {
    node: el("div", {class: onopen ? "openable" : ""}, wide, nothing),
    show(items, words = empty) {
      keep(body, items, keyOf, create, update);
      say(nothing, words);
      wide.hidden = items.length === 0;
      nothing.hidden = items.length > 0;
    },
  };
}

export const button = (text, onclick, attributes = {}) =>
  el("button", {type: "button", onclick, ...attributes}, text);
