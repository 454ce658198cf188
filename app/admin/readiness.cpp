#include "app/admin/readiness.hpp"

namespace troupe::app {

readiness judge(bool draining, const std::vector<std::string>& set_aside,
                const std::vector<shard_health>& shards) {
  readiness verdict;
  std::vector<std::string> faults = set_aside;
  bool takes_mail = false;
  for (const auto& each : shards) {
    const auto name = "shard " + std::to_string(each.number);
    if (!each.answers)
      faults.push_back("no live worker: the store of " + name + " does not answer");
    else if (each.broken)
      faults.push_back("storage breaker open: " + name);
    else if (!each.has_room)
      faults.push_back((each.at_limit ? "queue at its limit: " : "disk low: ") + name);
    else
      takes_mail = true;
  }
  verdict.ready = takes_mail && !draining;
  if (draining)
    verdict.reasons.push_back("draining");
  if (!takes_mail && faults.empty())
    faults.push_back("no live worker: no shard of the queue is open");
  auto& where = takes_mail ? verdict.degraded : verdict.reasons;
  where.insert(where.end(), faults.begin(), faults.end());
  return verdict;
}

} // namespace troupe::app
