// Who of the house's standing actors is on stage, for a thread that CAF does not run
// and that no message can reach: the supervisors write, the main thread reads and waits.

#pragma once

#include "net/core/time.hpp"

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <set>
#include <string>

namespace troupe::actors {

/// Any thread may call anything.
class roll_call {
public:
  void came(const std::string& path);
  void went(const std::string& path);

  /// A supervisor has heard that the house closes: it starts nobody from now on.
  void closes();
  /// Waits until so many have; false at the deadline.
  [[nodiscard]] bool wait_closed(std::size_t supervisors, steady_time deadline);

  /// The house cannot go on, and why. The first reason stays.
  void fell(const std::string& why);

  /// Waits until none of the paths with this prefix is left; false at the deadline.
  [[nodiscard]] bool wait_gone(const std::string& prefix, steady_time deadline);

  /// Why the house fell; or empty.
  [[nodiscard]] std::string why_fell() const;

private:
  mutable std::mutex guard_;
  std::condition_variable changed_;
  std::multiset<std::string> present_;
  std::size_t closed_ = 0;
  std::string why_;
};

} // namespace troupe::actors
