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
      faults.push_back(name + ": its store does not answer");
    else if (each.broken)
      faults.push_back(name + ": storage broken");
    else if (!each.has_room)
      faults.push_back(name + ": queue at its limit, or disk low");
    else
      takes_mail = true;
  }
  verdict.ready = takes_mail && !draining;
  if (draining)
    verdict.reasons.push_back("draining");
  auto& where = takes_mail ? verdict.degraded : verdict.reasons;
  where.insert(where.end(), faults.begin(), faults.end());
  return verdict;
}

} // namespace troupe::app
