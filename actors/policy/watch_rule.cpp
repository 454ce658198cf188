#include "actors/policy/watch_rule.hpp"

#include <algorithm>
#include <iterator>

namespace troupe::policy {

watch_rule::watch_rule(const watch_options& options) : options_{options} {}

watch_verdict watch_rule::see(const watch_sample& x, steady_time now) {
  now = latest_ = std::max(latest_, now);
  auto known = entries_.find(x.actor);
  if (known != entries_.end() && (!x.has_work || known->second.progress != x.progress)) {
    forget(known);
    known = entries_.end();
  }
  if (!x.has_work)
    return watch_verdict::fine;
  if (known == entries_.end()) {
    if (entries_.size() < options_.actors_max)
      entries_.emplace(x.actor, entry{x.progress, now, round_});
    else
      ++unwatched_;
    return watch_verdict::fine;
  }
  auto& seen = known->second;
  seen.round = round_;
  const auto still = now - seen.since;
  switch (seen.told) {
    case watch_verdict::fine:
      if (still < x.deadline)
        return watch_verdict::fine;
      ++stuck_;
      // A second deadline, even if the watchdog itself was late.
      seen.since = now;
      return seen.told = watch_verdict::stuck;
    case watch_verdict::stuck:
      if (still < x.deadline)
        return watch_verdict::fine;
      return seen.told = watch_verdict::abandon;
    case watch_verdict::abandon: return watch_verdict::fine;
  }
  return watch_verdict::fine;
}

void watch_rule::end_round() {
  for (auto each = entries_.begin(); each != entries_.end();) {
    const auto next = std::next(each);
    if (each->second.round != round_)
      forget(each);
    each = next;
  }
  ++round_;
}

void watch_rule::forget(table::iterator which) {
  if (which->second.told != watch_verdict::fine)
    --stuck_;
  entries_.erase(which);
}

} // namespace troupe::policy
