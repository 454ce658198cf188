#include "actors/lease.hpp"

#include "actors/lease_ledger.hpp"

namespace troupe::actors {

void hand_back(attempt_finished what) {
  const auto from = what.what->from; // `what` moves
  from->hand_back(std::move(what));
}

std::vector<policy::attempt_result> results_for_all(const lease& what, const outcome& same) {
  std::vector<policy::attempt_result> results;
  results.reserve(what.recipients.size());
  const auto reach = policy::is_final(what.hop.kind) ? policy::reach::arrived : policy::reach::relayed;
  for (const auto each : what.recipients)
    results.push_back({each, same, reach});
  return results;
}

} // namespace troupe::actors
