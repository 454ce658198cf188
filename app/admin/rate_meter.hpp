// How fast mail comes and goes at the moment: the growth of two counters over the
// last minute, looked at about once a second.

#pragma once

#include "net/core/time.hpp"

#include <cstdint>
#include <deque>
#include <mutex>

namespace troupe::app {

/// How far back a rate looks, and how many looks that are at most.
inline constexpr seconds rate_span{60};
inline constexpr std::size_t rate_samples_max = 61;

struct mail_rates {
  double in_per_second = 0;  ///< Messages received.
  double out_per_second = 0; ///< Recipients delivered or given up.
};

/// One thread samples, any may read.
class rate_meter {
public:
  /// Looks less than a second after the last one are passed over.
  void sample(steady_time now, std::uint64_t in, std::uint64_t out);
  [[nodiscard]] mail_rates rates() const;

private:
  struct look {
    steady_time at;
    std::uint64_t in;
    std::uint64_t out;
  };
  mutable std::mutex guard_;
  std::deque<look> looks_;
};

} // namespace troupe::app
