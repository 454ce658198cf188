#include "actors/policy/supervision.hpp"

#include "net/core/expect.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace troupe::policy {

namespace {

bool is_supervision_time(milliseconds x) {
  return x > milliseconds{0} && x <= supervision_time_max;
}

bool is_restarted(restart_kind kind, ending how) {
  switch (kind) {
    case restart_kind::always: return true;
    case restart_kind::on_crash: return how != ending::normal;
    case restart_kind::never: return false;
  }
  return false;
}

} // namespace

status check(const supervision_options& x) {
  const auto wrong = [](std::string what) { return error{errc::malformed, std::move(what)}; };
  if (x.restarts > supervision_restarts_max)
    return wrong("supervisor restarts is above 1000");
  if (!is_supervision_time(x.within))
    return wrong("supervisor within is not above 0 and at most 24h");
  if (!is_supervision_time(x.first))
    return wrong("supervisor backoff (first) is not above 0 and at most 24h");
  if (!is_supervision_time(x.longest) || x.longest < x.first)
    return wrong("supervisor backoff (longest) is not between the first and 24h");
  return {};
}

supervision::supervision(const supervision_options& options)
  : options_{options}, wait_{options.first} {
  TROUPE_EXPECT(check(options).ok());
}

supervision_step supervision::died(steady_time now, restart_kind kind, ending how) {
  now = latest_ = std::max(latest_, now);
  if (!is_restarted(kind, how))
    return {supervision_step::act::let_go};
  if (how == ending::asked)
    return {supervision_step::act::restart, now};
  while (!counted_.empty() && now - counted_.front() >= options_.within)
    counted_.pop_front();
  if (counted_.empty())
    wait_ = options_.first;
  if (counted_.size() >= options_.restarts)
    return {supervision_step::act::give_up};
  counted_.push_back(now);
  const auto wait = std::exchange(wait_, std::min(wait_ * 2, options_.longest));
  return {supervision_step::act::restart, now + wait};
}

} // namespace troupe::policy
