#include "actors/backpressure.hpp"

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"

namespace troupe::actors {

backpressure_link::backpressure_link(event_log& log, node_metrics& metrics, std::string_view name,
                                     milliseconds told_from)
  : log_(log), total_(metrics.backpressure_seconds_total(name)), name_(name),
    told_from_(told_from) {}

void backpressure_link::waited(steady_time::duration wait, steady_time now, std::string_view who) {
  if (wait <= steady_time::duration::zero())
    return;
  const std::chrono::duration<double> length = wait;
  total_.add(length.count());
  if (wait < told_from_)
    return;
  auto told = told_at_.load(std::memory_order_relaxed);
  const auto at = now.time_since_epoch();
  if (told != 0 && at - steady_time::duration{told} < backpressure_told_every)
    return;
  // Of those who come together one tells.
  if (told_at_.compare_exchange_strong(told, at.count(), std::memory_order_relaxed))
    log_.warn("backpressure", {{"link", name_}, {"actor", who}, {"seconds", length.count()}});
}

void watched_link::look(bool holds_back, steady_time now, std::string_view who) {
  const bool held_back = since_ != steady_time{};
  if (held_back && (!holds_back || now - since_ >= seconds{1})) {
    link_.waited(now - since_, now, who);
    since_ = now;
  }
  if (!holds_back)
    since_ = {};
  else if (!held_back)
    since_ = now;
}

} // namespace troupe::actors
