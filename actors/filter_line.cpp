// FILTER: the connections to its filters.

#include "actors/filter_line.hpp"

#include "actors/event_log.hpp"

#include <utility>

namespace troupe::actors {

void filter::dial(line& x) {
  x.dialling = true;
  x.dial_deadline = now() + x.terms.waits.reply_max;
  const auto number = ++x.number;
  const auto granted = [this, &x, number](const filter_permit& permit) {
    if (x.number == number && x.dialling)
      on_permit(x, permit);
  };
  // Without FILTER_DESK filters are taken for well.
  const auto desk = desk_->now();
  if (!desk)
    return granted({});
  request(desk, caf::infinite, ask_filter_permit{x.terms.name})
    .then(granted, [granted](const caf::error&) { granted({}); });
}

void filter::on_permit(line& x, filter_permit permit) {
  if (!permit.granted) {
    give_up(x, {errc::refused, "its breaker is open"});
    return run();
  }
  x.permitted = true;
  x.socket.connect(x.terms.where, {}, bind([this, &x, number = x.number](std::error_code why) {
    if (x.number == number && x.dialling)
      on_connected(x, why);
  }));
}

void filter::on_connected(line& x, std::error_code why) {
  if (why) {
    give_up(x, {errc::peer_unreachable, why.message()});
    return run();
  }
  x.dialling = false;
  x.was_used = false;
  x.client_told = x.helo_told = 0;
  x.talk.emplace(x.terms.waits, now());
  run();
}

void filter::flush(line& x) {
  while (!x.unsent.empty()) {
    const auto sent = x.socket.write_some(x.unsent);
    if (sent.would_block) {
      if (!std::exchange(x.writing, true))
        x.socket.wait_writable(bind([this, &x, number = x.number](std::error_code why) {
          if (x.number != number)
            return;
          x.writing = false;
          if (why || !x.talk)
            return; // closed
          flush(x);
          run();
        }));
      return;
    }
    if (sent.failed) {
      x.unsent = {};
      return x.talk->disconnected();
    }
    x.unsent.remove_prefix(sent.bytes);
  }
  x.talk->wrote(now());
}

void filter::read(line& x) {
  x.reading = true;
  x.socket.wait_readable(bind([this, &x, number = x.number](std::error_code why) {
    if (x.number != number)
      return;
    x.reading = false;
    on_readable(x, why);
  }));
}

void filter::on_readable(line& x, std::error_code why) {
  if (why || !x.talk)
    return;
  // A filter that is not asked has nothing to say: it may only go.
  if (!asked_ || line_ >= lines_.size() || lines_[line_].get() != &x) {
    hang_up(x);
    return run();
  }
  const auto scratch = unit().scratch();
  const auto got = x.socket.read_some(scratch.first(std::min(scratch.size(), x.talk->room())));
  if (got.bytes > 0) {
    x.talk->receive({scratch.data(), got.bytes}, now());
  } else if (!got.would_block) {
    x.unsent = {};
    x.talk->disconnected();
  }
  run();
}

/// Without a word about how it behaved.
void filter::hang_up(line& x) {
  x.socket.close();
  x.talk.reset();
  x.unsent = {};
  x.dialling = x.reading = x.writing = false;
  ++x.number;
  tell_desk(x, filter_behaviour::unsettled);
}

/// It failed. What that means for the message, its terms say.
void filter::give_up(line& x, const error& why) {
  const bool is_asked = asked_ && line_ < lines_.size() && lines_[line_].get() == &x;
  const bool went_away = x.was_used && why.code == errc::peer_unreachable;
  if (!is_asked)
    return hang_up(x);
  posed_ = posed::nothing;
  if (went_away && question_.steps[step_].what == filter_stage::mail)
    return hang_up(x); // between two messages filters may go: it is dialled anew
  if (why.code != errc::refused) {
    tell_desk(x, filter_behaviour::ill, why.detail);
    log().warn("filter_failed", {{"actor", path()}, {"filter", x.terms.name},
                                 {"error", to_string(why.code)}, {"reason", why.detail}});
  }
  hang_up(x);
  x.role = x.terms.on_failure == filter_failure::accept ? line::part::passed_over : line::part::refusing;
}

void filter::tell_desk(line& x, filter_behaviour how, std::string why) {
  const bool permitted = std::exchange(x.permitted, false);
  if (how == filter_behaviour::unsettled && !permitted)
    return;
  if (const auto desk = desk_->now())
    send(desk, filter_behaved{x.terms.name, how, std::move(why)});
}

} // namespace troupe::actors
