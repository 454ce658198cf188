#include "actors/breaker_notes.hpp"

#include <utility>

namespace troupe::actors {

namespace {

/// The metric's value, by severity.
double value_of(policy::breaker_state state) noexcept {
  switch (state) {
    case policy::breaker_state::closed: return 0;
    case policy::breaker_state::half_open: return 1;
    case policy::breaker_state::open: return 2;
  }
  return 0;
}

} // namespace

std::optional<policy::breaker_change> act_on(policy::breaker& which, breaker_act act,
                                             steady_time now) {
  switch (act) {
    case breaker_act::open: return which.force_open(now);
    case breaker_act::close: return which.force_close(now);
    case breaker_act::reset: return which.reset(now);
  }
  return std::nullopt;
}

breaker_notes::breaker_notes(node_metrics& metrics, event_log& log, std::string name)
  : metrics_(metrics), log_(log), name_(std::move(name)) {}

void breaker_notes::show() {
  state_ = &metrics_.breaker_state(name_);
  state_->set(value_of(policy::breaker_state::closed));
  for (const auto to : {policy::breaker_state::closed, policy::breaker_state::half_open,
                        policy::breaker_state::open})
    metrics_.breaker_transitions_total(name_, policy::to_string(to)).add(0);
}

void breaker_notes::changed(const policy::breaker_change& what) {
  if (state_ == nullptr)
    state_ = &metrics_.breaker_state(name_);
  state_->set(value_of(what.to));
  metrics_.breaker_transitions_total(name_, policy::to_string(what.to)).add();
  const auto level = what.to == policy::breaker_state::open ? log_level::warn : log_level::info;
  log_.at(level, "breaker_changed",
           {{"name", name_},
            {"from", policy::to_string(what.from)},
            {"to", policy::to_string(what.to)},
            {"reason", what.reason}});
}

void breaker_notes::close() {
  if (state_ != nullptr)
    state_->set(value_of(policy::breaker_state::closed));
}

} // namespace troupe::actors
