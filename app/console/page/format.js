// Numbers and times as an operator reads them.

const whole = new Intl.NumberFormat("en", {maximumFractionDigits: 0});
const finest = new Intl.NumberFormat("en", {maximumFractionDigits: 2});
const fine = new Intl.NumberFormat("en", {maximumFractionDigits: 1});

export const known = (x) => x !== null && x !== undefined;

export const count = (n) => (known(n) ? whole.format(n) : "–");

export function rate(n) {
  if (!known(n))
    return "–";
  return n === 0 ? "0" : n < 0.01 ? "<0.01" : n < 1 ? finest.format(n) : n < 100 ? fine.format(n) : whole.format(n);
}

export function bytes(n) {
  if (!known(n))
    return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  while (n >= 1024 && i < units.length - 1) {
    n /= 1024;
    ++i;
  }
  return `${i === 0 || n >= 100 ? whole.format(n) : fine.format(n)} ${units[i]}`;
}

/// Two units at most: "3 d 4 h", "12 min", "0.4 s".
export function duration(seconds) {
  if (!known(seconds))
    return "–";
  if (seconds < 1)
    return seconds <= 0 ? "0 s" : `${Math.max(1, Math.round(seconds * 1000))} ms`;
  const parts = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  let left = Math.floor(seconds);
  const said = [];
  for (const [unit, size] of parts) {
    const n = Math.floor(left / size);
    left -= n * size;
    if (n > 0)
      said.push(`${n} ${unit}`);
    else if (said.length)
      break;
    if (said.length === 2)
      break;
  }
  return said.join(" ");
}

/// The time of day of a moment; with the date if it was not today.
export function moment(text) {
  const at = new Date(text);
  if (Number.isNaN(at.getTime()))
    return String(text ?? "");
  const time = at.toLocaleTimeString("en-GB");
  return at.toDateString() === new Date().toDateString() ? time : `${at.toLocaleDateString("en-CA")} ${time}`;
}

export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;
