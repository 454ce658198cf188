#include "actors/policy/place_turns.hpp"

#include <algorithm>
#include <unordered_map>

namespace troupe::policy {

std::vector<std::size_t> places_to_give_up(const std::vector<taken_place>& places,
                                           std::size_t waiting, milliseconds hold_max,
                                           steady_time now) {
  std::unordered_map<std::uint64_t, std::size_t> kept; ///< By owner.
  std::vector<std::size_t> candidates;
  std::size_t leaving = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto& each = places[i];
    if (each.leaves) {
      ++leaving;
      continue;
    }
    ++kept[each.owner];
    if (each.others_wait && now - each.since >= hold_max)
      candidates.push_back(i);
  }
  std::vector<std::size_t> given_up;
  const auto goes_first = [&](std::size_t a, std::size_t b) {
    const auto& x = places[a];
    const auto& y = places[b];
    const auto x_has = kept.at(x.owner);
    const auto y_has = kept.at(y.owner);
    return x_has != y_has ? x_has > y_has : x.since < y.since;
  };
  while (leaving + given_up.size() < waiting && given_up.size() < places_given_up_max
         && !candidates.empty()) {
    const auto first = std::min_element(candidates.begin(), candidates.end(), goes_first);
    given_up.push_back(*first);
    --kept.at(places[*first].owner);
    candidates.erase(first);
  }
  return given_up;
}

} // namespace troupe::policy
