// SHARD: lets go of messages that leave the queue for another node.

#include "actors/shard.hpp"

namespace troupe::actors {

// What stands in the schedule, or is parked, is looked up again when its time comes: then
// the STORE has it no more, or as a copy.
withdrawn shard::on_withdraw(const withdraw& x) {
  withdrawn answer;
  for (const auto id : x.ids) {
    if (loading_.contains(id))
      unwanted_.insert(id);
    parked_.erase(id);
    const auto found = active_.find(id);
    if (found == active_.end()) {
      answer.ids.push_back(id);
      continue;
    }
    found->second.leaving = true;
    const auto turn = turn_of_message(*found->second.mail);
    for (auto& [key, each] : destinations_)
      if (each.waiting.remove(turn, id))
        leave_place(each, id);
    // In no place, if an operator's act is all that keeps it: then it is being written.
    (active_.contains(id) ? answer.busy : answer.ids).push_back(id);
  }
  return answer;
}

} // namespace troupe::actors
