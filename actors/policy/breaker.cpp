#include "actors/policy/breaker.hpp"

#include "net/core/expect.hpp"

#include <algorithm>
#include <utility>

namespace troupe::policy {

namespace {

bool is_breaker_time(milliseconds x) {
  return x > milliseconds{0} && x <= breaker_time_max;
}

} // namespace

status check(const breaker_options& x) {
  const auto wrong = [](std::string what) { return error{errc::malformed, std::move(what)}; };
  if (!is_breaker_time(x.window) || x.window < milliseconds{10})
    return wrong("breaker window is not between 10ms and 7d");
  if (x.min_requests == 0 || x.min_requests > breaker_requests_max)
    return wrong("breaker min_requests is not between 1 and 10000");
  if (!(x.failure_ratio > 0 && x.failure_ratio <= 1))
    return wrong("breaker failure_ratio is not above 0 and at most 1");
  if (!is_breaker_time(x.open))
    return wrong("breaker open is not above 0 and at most 7d");
  if (!is_breaker_time(x.open_max) || x.open_max < x.open)
    return wrong("breaker open_max is not between open and 7d");
  if (x.probes == 0 || x.probes > breaker_probes_max)
    return wrong("breaker probes is not between 1 and 1000");
  if (!is_breaker_time(x.probe_lapse))
    return wrong("breaker probe_lapse is not above 0 and at most 7d");
  return {};
}

std::string_view to_string(breaker_state state) noexcept {
  switch (state) {
    case breaker_state::closed: return "closed";
    case breaker_state::open: return "open";
    case breaker_state::half_open: return "half_open";
  }
  return "";
}

std::string_view to_string(breaker_force force) noexcept {
  switch (force) {
    case breaker_force::none: return "none";
    case breaker_force::open: return "open";
    case breaker_force::closed: return "closed";
  }
  return "";
}

breaker::breaker(const breaker_options& options) : options_{options}, opens_for_{options.open} {
  TROUPE_EXPECT(check(options).ok());
}

breaker_permit breaker::permit(steady_time now) {
  now = at(now);
  if (forced_ == breaker_force::open)
    return {false, steady_time::max(), std::nullopt};
  if (state_ == breaker_state::closed)
    return {true, now, std::nullopt};
  std::optional<breaker_change> change;
  if (state_ == breaker_state::open) {
    if (now < until_)
      return {false, until_, std::nullopt};
    change = enter(breaker_state::half_open, "time for a trial");
  }
  forget_lapsed(now);
  if (trials_.size() + passed_ >= options_.probes)
    return {false, trials_.front() + options_.probe_lapse, std::move(change)};
  trials_.push_back(now);
  return {true, now, std::move(change)};
}

std::optional<breaker_change> breaker::success(steady_time now) {
  now = at(now);
  if (state_ == breaker_state::closed)
    count(now, false);
  if (state_ != breaker_state::half_open || trials_.empty())
    return std::nullopt;
  trials_.erase(trials_.begin());
  if (++passed_ < options_.probes)
    return std::nullopt;
  return enter(breaker_state::closed, "every trial went well");
}

std::optional<breaker_change> breaker::failure(steady_time now, std::string_view why) {
  now = at(now);
  last_reason_ = why.substr(0, breaker_reason_bytes_max);
  switch (state_) {
    case breaker_state::closed: {
      count(now, true);
      const auto seen = counted(now);
      const bool too_many = static_cast<double>(seen.failures)
                            >= options_.failure_ratio * static_cast<double>(seen.requests);
      if (forced_ == breaker_force::closed || seen.requests < options_.min_requests || !too_many)
        return std::nullopt;
      return open(now, last_reason_);
    }
    case breaker_state::open: return std::nullopt;
    case breaker_state::half_open:
      if (trials_.empty())
        return std::nullopt;
      opens_for_ = std::min(opens_for_ * 2, options_.open_max);
      return open(now, last_reason_);
  }
  return std::nullopt;
}

void breaker::cancelled(steady_time now) {
  at(now);
  if (!trials_.empty())
    trials_.erase(trials_.begin());
}

std::optional<breaker_change> breaker::force_open(steady_time now) {
  at(now);
  forced_ = breaker_force::open;
  until_ = steady_time::max();
  return enter(breaker_state::open, "by hand");
}

std::optional<breaker_change> breaker::force_close(steady_time now) {
  at(now);
  forced_ = breaker_force::closed;
  return enter(breaker_state::closed, "by hand");
}

std::optional<breaker_change> breaker::reset(steady_time now) {
  at(now);
  forced_ = breaker_force::none;
  ring_ = {};
  opens_for_ = options_.open;
  last_reason_.clear();
  return enter(breaker_state::closed, "by hand");
}

breaker_view breaker::view(steady_time now) const {
  const auto seen = counted(std::max(now, latest_));
  return {.state = state_,
          .forced = forced_,
          .requests = seen.requests,
          .failures = seen.failures,
          .probes_out = static_cast<unsigned>(trials_.size()),
          .opens_for = opens_for_,
          .until = until_,
          .last_reason = last_reason_,
          .transitions = transitions_};
}

steady_time breaker::at(steady_time now) noexcept {
  return latest_ = std::max(latest_, now);
}

std::int64_t breaker::slice(steady_time at) const noexcept {
  const auto width = std::chrono::nanoseconds{options_.window} / static_cast<int>(buckets);
  return at.time_since_epoch() / width;
}

breaker::bucket breaker::counted(steady_time at) const noexcept {
  bucket sum;
  const auto newest = slice(at);
  for (const auto& each : ring_) {
    if (newest - each.number >= static_cast<std::int64_t>(buckets))
      continue;
    sum.requests += each.requests;
    sum.failures += each.failures;
  }
  return sum;
}

void breaker::count(steady_time at, bool failed) noexcept {
  const auto number = slice(at);
  auto& current = ring_[static_cast<std::uint64_t>(number) % buckets];
  if (current.number != number)
    current = {number, 0, 0};
  ++current.requests;
  if (failed)
    ++current.failures;
}

void breaker::forget_lapsed(steady_time at) {
  std::erase_if(trials_, [&](steady_time since) { return at - since >= options_.probe_lapse; });
}

std::optional<breaker_change> breaker::open(steady_time at, std::string_view why) {
  until_ = at + opens_for_;
  return enter(breaker_state::open, why);
}

// The only place that sets the state.
std::optional<breaker_change> breaker::enter(breaker_state next, std::string_view why) {
  trials_.clear();
  passed_ = 0;
  if (next != breaker_state::open)
    until_ = {};
  if (next == breaker_state::closed)
    opens_for_ = options_.open;
  if (next == state_)
    return std::nullopt;
  // What was counted before the break says nothing about the time after it.
  ring_ = {};
  const auto from = std::exchange(state_, next);
  ++transitions_[static_cast<std::size_t>(next)];
  return breaker_change{from, next, std::string{why}};
}

} // namespace troupe::policy
