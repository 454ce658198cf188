#include "actors/lease.hpp"

namespace troupe::actors {

std::vector<policy::attempt_result> results_for_all(const lease& what, const outcome& same) {
  std::vector<policy::attempt_result> results;
  results.reserve(what.recipients.size());
  const auto reach = policy::is_final(what.hop.kind) ? policy::reach::arrived : policy::reach::relayed;
  for (const auto each : what.recipients)
    results.push_back({each, same, reach});
  return results;
}

} // namespace troupe::actors
