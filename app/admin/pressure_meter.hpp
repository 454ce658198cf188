// Which links of the chain hold their source back at the moment, and how much: the growth
// of their counted seconds over the last ones.

#pragma once

#include "net/core/time.hpp"

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace troupe::app {

/// How far back it looks, and how many looks that are at most.
inline constexpr seconds pressure_span{10};
inline constexpr std::size_t pressure_samples_max = 11;
/// Fewer that wait on average are no news.
inline constexpr double pressure_told_from = 0.05;

struct link_pressure {
  std::string link;
  double waiting = 0; ///< How many wait on average: seconds waited in a second.
};

/// One thread samples, any may read.
class pressure_meter {
public:
  /// Seconds waited so far, by link. Looks less than a second after the last one are
  /// passed over.
  void sample(steady_time now, std::map<std::string, double> waited);

  /// Links that hold back, most first.
  [[nodiscard]] std::vector<link_pressure> now_holding() const;

private:
  struct look {
    steady_time at;
    std::map<std::string, double> waited;
  };
  mutable std::mutex guard_;
  std::deque<look> looks_;
};

} // namespace troupe::app
