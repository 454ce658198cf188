// A plot of the last minutes in SVG. With the pointer, or with the arrow keys when it has
// the focus, one reads off single moments.

import {el, say, setClass, svg} from "./dom.js";

const edge = {left: 44, right: 10, top: 10, bottom: 22};
const pointWidth = 3; // pixels; what is closer together is averaged
const gapMs = 30_000;  // longer, and nobody knows what was in between
const keyStep = 5;    // points that an arrow key with Shift goes

/// A round number that is not below `x`, and whose quarters are short.
export function roundUp(x) {
  const power = 10 ** Math.floor(Math.log10(x));
  return [1, 2, 4, 6, 8, 10].map((m) => m * power).find((m) => m >= x * 0.9999);
}

/// `columns` of equal length averaged to at most `most` points; null counts as unknown.
export function thin(columns, most) {
  const length = columns[0]?.length ?? 0;
  const each = Math.max(1, Math.ceil(length / Math.max(1, most)));
  if (each === 1)
    return columns;
  // Counted from the end, so that the newest point is always of full weight.
  const first = length % each;
  const ends = [];
  for (let end = first || each; end <= length; end += each)
    ends.push(end);
  return columns.map((column) => ends.map((end, i) => {
    const known = column.slice(i ? ends[i - 1] : 0, end).filter((x) => x !== null && x !== undefined);
    return known.length ? known.reduce((a, b) => a + b, 0) / known.length : null;
  }));
}

export class Plot {
  /// `series` are {name, tone}; `write` makes the words of a value.
  constructor({title, series, write, spanMs, floor = 1}) {
    Object.assign(this, {series, write, spanMs, floor, at: null, times: [], columns: []});
    this.frame = svg("svg", {"aria-hidden": "true"});
    this.values = series.map(() => el("b", {class: "number"}));
    this.when = el("span", {class: "quiet number"});
    this.canvas = el("div", {class: "canvas", tabindex: "0", role: "group", "aria-roledescription": "plot", "aria-label": title}, this.frame);
    this.spoken = el("span", {class: "unseen", "aria-live": "polite"});
    this.node = el("figure", {class: "plot"},
      el("figcaption", {}, el("h3", {}, title), this.when,
        el("span", {class: "legend"}, series.map((s, i) =>
          el("span", {class: `key ${s.tone}`}, el("i"), s.name, " ", this.values[i])))),
      this.canvas, this.spoken);
    this.canvas.addEventListener("pointermove", (e) => this.point(e.offsetX));
    this.canvas.addEventListener("pointerleave", () => this.rest());
    this.canvas.addEventListener("blur", () => this.rest());
    this.canvas.addEventListener("keydown", (e) => this.key(e));
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  /// `times` in milliseconds, ascending; one column of values for each series.
  show(times, columns) {
    this.all = [times, ...columns];
    this.draw();
  }

  draw() {
    const {clientWidth: width, clientHeight: height} = this.canvas;
    if (!this.all || width === 0)
      return;
    this.size = {width, height};
    const inner = width - edge.left - edge.right;
    [this.times, ...this.columns] = thin(this.all, inner / pointWidth);
    this.end = this.times.at(-1) ?? Date.now();
    const highest = Math.max(0, ...this.columns.flat().map((x) => x ?? 0));
    this.top = Math.max(this.floor, highest > 0 ? roundUp(highest * 1.05) : this.floor);
    this.frame.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.cursor = svg("g", {class: "cursor"});
    this.frame.replaceChildren(this.grid(), ...this.columns.map((column, i) => this.line(column, this.series[i].tone, i === 0)), this.cursor);
    this.mark();
  }

  x(time) {
    return edge.left + (1 - (this.end - time) / this.spanMs) * (this.size.width - edge.left - edge.right);
  }

  y(value) {
    return this.size.height - edge.bottom - (value / this.top) * (this.size.height - edge.top - edge.bottom);
  }

  grid() {
    const {width, height} = this.size;
    const group = svg("g", {class: "grid"});
    const steps = height > 150 ? 4 : 2;
    for (let i = 0; i <= steps; ++i) {
      const value = (this.top * i) / steps;
      const y = Math.round(this.y(value)) + 0.5;
      group.append(svg("line", {x1: edge.left, x2: width - edge.right, y1: y, y2: y}),
        svg("text", {x: edge.left - 8, y: y + 4, "text-anchor": "end"}, this.write(value)));
    }
    const minutes = this.spanMs / 60_000;
    const every = width > 420 ? 2 : 5;
    for (let ago = 0; ago <= minutes; ago += every) {
      const anchor = ago === 0 ? "end" : "middle";
      group.append(svg("text", {x: this.x(this.end - ago * 60_000), y: height - 5, "text-anchor": anchor}, ago === 0 ? "now" : `−${ago} min`));
    }
    return group;
  }

  line(column, tone, filled) {
    let path = "";
    let first = null;
    let last = null;
    const base = this.y(0).toFixed(1);
    const group = svg("g", {class: `line ${tone}`});
    const finish = () => {
      if (path)
        group.append(svg("path", {class: "stroke", d: path}));
      if (path && filled)
        group.prepend(svg("path", {class: "area", d: `${path}L${last} ${base}L${first} ${base}Z`}));
      path = "";
    };
    column.forEach((value, i) => {
      const isKnown = value !== null && value !== undefined;
      if (!isKnown || this.times[i] - this.times[i - 1] > gapMs)
        finish();
      if (!isKnown)
        return;
      last = this.x(this.times[i]).toFixed(1);
      first = path ? first : last;
      path += `${path ? "L" : "M"}${last} ${this.y(value).toFixed(1)}`;
    });
    finish();
    return group;
  }

  point(x) {
    const time = this.end - (1 - (x - edge.left) / (this.size.width - edge.left - edge.right)) * this.spanMs;
    let best = null;
    this.times.forEach((t, i) => {
      if (best === null || Math.abs(t - time) < Math.abs(this.times[best] - time))
        best = i;
    });
    this.at = best === null ? null : this.times[best];
    this.mark();
  }

  key(event) {
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (!step || !this.times.length)
      return;
    event.preventDefault();
    const last = this.times.length - 1;
    const now = this.at === null ? last + (step < 0 ? 1 : 0) : this.nearest();
    this.at = this.times[Math.min(last, Math.max(0, now + step * (event.shiftKey ? keyStep : 1)))];
    this.mark();
    say(this.spoken, `${this.when.textContent}: ${this.series.map((s, i) => `${s.name} ${this.values[i].textContent}`).join(", ")}`);
  }

  rest() {
    this.at = null;
    this.mark();
  }

  nearest() {
    const i = this.times.findIndex((t) => t >= this.at);
    return i < 0 ? this.times.length - 1 : i;
  }

  /// The marked moment, or the newest one.
  mark() {
    if (!this.cursor)
      return;
    const i = this.at === null ? this.times.length - 1 : this.nearest();
    this.columns.forEach((column, s) => say(this.values[s], this.write(column[i])));
    say(this.when, this.at === null ? "" : new Date(this.times[i]).toLocaleTimeString("en-GB"));
    this.cursor.replaceChildren();
    if (this.at === null)
      return;
    const x = this.x(this.times[i]).toFixed(1);
    this.cursor.append(svg("line", {x1: x, x2: x, y1: edge.top, y2: this.size.height - edge.bottom}));
    this.columns.forEach((column, s) => {
      if (column[i] !== null && column[i] !== undefined)
        this.cursor.append(svg("circle", {class: this.series[s].tone, cx: x, cy: this.y(column[i]).toFixed(1), r: 3.5}));
    });
  }
}

/// A small bar for "so much of so much"; the words are the owner's. A full one warns,
/// unless being full is its purpose.
export function meter(warns = true) {
  const fill = el("i");
  const words = el("span", {class: "number"});
  const node = el("span", {class: "meter"}, el("span", {class: "track"}, fill), words);
  return {
    node,
    show(part, whole, text) {
      const share = whole > 0 ? Math.min(1, part / whole) : 0;
      fill.style.width = `${(share * 100).toFixed(1)}%`;
      setClass(fill, !warns ? "" : share >= 0.9 ? "bad" : share >= 0.6 ? "warn" : "");
      say(words, text);
    },
  };
}
