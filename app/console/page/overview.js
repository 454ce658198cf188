// What goes on: figures, the last minutes as plots, pools, breakers and busy routes.

import {breakersPart, poolsPart} from "./breakers.js";
import {el, say, setClass} from "./dom.js";
import {bytes, count, duration, known, plural, rate} from "./format.js";
import * as house from "./house.js";
import {Plot} from "./plot.js";
import {poll} from "./poll.js";
import {routesPart} from "./routes.js";

const spanMs = 10 * 60_000;
const statusSeconds = 2;
const ratesSeconds = 2;
const busiestMax = 8;

function tile(name, tone) {
  const value = el("b", {class: "number"}, "–");
  const unit = el("span", {class: "unit"});
  const note = el("span", {class: "quiet"});
  const node = el("div", {class: `tile ${tone}`}, el("h3", {}, name), el("p", {}, value, " ", unit), note);
  return {
    node,
    show(number, units, words, alarm = "") {
      say(value, number);
      say(unit, units);
      say(note, words);
      setClass(node, `tile ${tone} ${alarm}`);
    },
  };
}

export function overviewView() {
  const tiles = {
    in: tile("Received", "in"), out: tile("Sent", "out"), queue: tile("Queue", "queue"),
    trouble: tile("Deferred", "deferred"), sessions: tile("Sessions", "plain"),
  };
  const traffic = new Plot({
    title: "Mail a second", spanMs, write: rate,
    series: [{name: "received", tone: "in"}, {name: "delivered", tone: "out"}],
  });
  const trouble = new Plot({
    title: "Trouble a second", spanMs, write: rate,
    series: [{name: "deferred", tone: "deferred"}, {name: "bounced", tone: "bounced"}],
  });
  const queue = new Plot({title: "Queue", spanMs, write: count, floor: 4, series: [{name: "messages", tone: "queue"}]});
  const away = el("p", {class: "empty", hidden: true}, "This node keeps no history of its rates.");
  const pools = poolsPart();
  const breakers = breakersPart();
  const routes = routesPart({title: "Busiest routes", most: busiestMax});
  const history = keepHistory();

  const polls = [
    poll(statusSeconds, house.status, (status) => status && showTiles(tiles, status)),
    poll(ratesSeconds, () => house.rates(history.newest()), (said, error) => {
      away.hidden = !house.isMissing(error);
      if (!said)
        return;
      const {at, columns} = history.add(said);
      traffic.show(at, [columns.received, columns.delivered]);
      trouble.show(at, [columns.deferred, columns.bounced]);
      queue.show(at, [columns.queue]);
    }),
  ];
  return {
    node: el("div", {class: "overview"},
      el("h2", {class: "unseen"}, "Overview"),
      el("div", {class: "tiles"}, Object.values(tiles).map((t) => t.node)),
      el("div", {class: "plots"}, traffic.node, queue.node, trouble.node, away),
      el("div", {class: "halves"}, pools.node, breakers.node),
      routes.node),
    stop() {
      for (const each of [...polls, pools, breakers, routes])
        each.stop();
    },
  };
}

function showTiles(tiles, status) {
  const {queue = {}, rates = {}, totals = {}} = status;
  tiles.in.show(rate(rates.in_per_second), "/s", `${count(totals.received)} in all`);
  tiles.out.show(rate(rates.out_per_second), "/s", `${count(totals.delivered)} delivered in all`);
  const drain = queue.messages > 0 && known(queue.drain_estimate_seconds) ? `, empty in ${duration(queue.drain_estimate_seconds)}` : "";
  tiles.queue.show(count(queue.messages), queue.messages === 1 ? "message" : "messages",
    queue.messages > 0 ? `${bytes(queue.bytes)}, oldest ${duration(queue.oldest_seconds)}${drain}` : "nothing waits");
  tiles.trouble.show(count(totals.deferred), "attempts", `${plural(totals.bounced ?? 0, "bounce")}, ${count(queue.held ?? 0)} held`);
  tiles.sessions.show(count(status.sessions), "open", `log level ${status.log_level ?? "–"}`);
}

/// The last minutes as the node tells them: at first all it has, then what is new.
function keepHistory() {
  const names = ["received", "delivered", "deferred", "bounced", "queue"];
  let at = [];
  let columns = Object.fromEntries(names.map((n) => [n, []]));
  return {
    newest: () => at.at(-1),
    add(said) {
      for (const sample of said.samples)
        if (sample.at_ms > (at.at(-1) ?? 0)) {
          at.push(sample.at_ms);
          names.forEach((n) => columns[n].push(sample[n] ?? null));
        }
      const old = at.findIndex((t) => t >= (at.at(-1) ?? 0) - spanMs);
      at = at.slice(Math.max(0, old));
      names.forEach((n) => (columns[n] = columns[n].slice(Math.max(0, old))));
      return {at, columns};
    },
  };
}
