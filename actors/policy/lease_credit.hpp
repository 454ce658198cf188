// How many messages of one destination may be on their way at once, as pure numbers: as
// many as it answers for in a span of time. So a quick next hop never waits for the next
// one, and no number of slow ones fills the memory that quick ones need.

#pragma once

#include "net/core/time.hpp"

#include <cstddef>

namespace troupe::policy {

struct lease_credit_options {
  std::size_t most = 256;
  seconds span{1};
};

class lease_credit {
public:
  explicit lease_credit(const lease_credit_options& options = {}) : options_{options} {}

  /// @param least what its sessions can have in hand: fewer would slow it down, and then it
  /// would get fewer still
  [[nodiscard]] std::size_t width(std::size_t least) const noexcept;

  /// One came back, tried. More in one span than the width was: it grows at once.
  void answered() noexcept;

  /// At the end of a span the width falls to what was answered in it, by half at most.
  void tick(steady_time now) noexcept;

private:
  lease_credit_options options_;
  std::size_t width_ = 0;
  std::size_t answered_ = 0; ///< In this span.
  steady_time began_{};
};

} // namespace troupe::policy
