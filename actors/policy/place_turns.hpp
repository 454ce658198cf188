// Whose place it is to be given up when others wait for one: nobody keeps a place for
// ever, and whoever has the most gives first.

#pragma once

#include "net/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace troupe::policy {

/// A place that is taken.
struct taken_place {
  std::uint64_t owner; ///< For whom.
  steady_time since;
  bool leaves;         ///< It is to be given up already.
  bool others_wait;    ///< Somebody else than its owner waits for one.
};

/// At most so many are given up at a time.
inline constexpr std::size_t places_given_up_max = 64;

/// Which ones are to be given up now, by their index: of those that were held for
/// `hold_max` while others wait, so many that with those that leave already there is one
/// for each of the `waiting`. First the owner's with the most places, of these the oldest.
/// O(places), and O(places) more for each one that is given up.
[[nodiscard]] std::vector<std::size_t> places_to_give_up(const std::vector<taken_place>& places,
                                                         std::size_t waiting,
                                                         milliseconds hold_max, steady_time now);

} // namespace troupe::policy
