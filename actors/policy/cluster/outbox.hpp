// The notices that one peer must get, however long it is away. All are on disk; the first
// of them are in memory too. They go in batches, one at a time, repeated until answered.

#pragma once

#include "actors/policy/cluster/shadow_words.hpp"

#include <deque>
#include <optional>

namespace troupe::policy {

struct outbox_options {
  milliseconds gather = milliseconds{50}; ///< Notices wait so long for company.
  milliseconds repeat = seconds{1};       ///< Without an answer, the batch goes again.
  std::size_t batch_max = 256;
  std::size_t window_max = 4096; ///< In memory. The rest is read from disk when these are through.
};

class outbox {
public:
  /// @param last the highest sequence that is on disk for this peer, or of an earlier run
  outbox(const outbox_options& options, std::uint64_t last) : options_{options}, last_{last} {}

  /// Numbers it, and it is to be written with that number.
  peer_notice add(peer_notice what, steady_time now);
  /// One that was on disk, in ascending order; at start or for `load`.
  void restore(peer_notice what, steady_time now);
  void loaded_all() noexcept { spilled_ = false; loading_ = false; }
  void loaded_some() noexcept { loading_ = false; }

  /// What is to be sent now, if anything. Counts as sent.
  [[nodiscard]] std::vector<peer_notice> due(steady_time now);
  [[nodiscard]] steady_time deadline() const noexcept;

  /// The peer has dealt with it. True once in a while: all up to `answered()` may be erased.
  bool answer(std::uint64_t sequence, steady_time now);
  [[nodiscard]] std::uint64_t answered() const noexcept { return answered_; }
  /// No notice waits that was added up to `mark`.
  [[nodiscard]] bool through(std::uint64_t mark) const noexcept;
  [[nodiscard]] std::uint64_t last() const noexcept { return last_; }
  /// After which number the disk is to be read, if it is to be read.
  [[nodiscard]] std::optional<std::uint64_t> load();
  /// The peer may still be told to drop this message: not the moment to give it a copy.
  [[nodiscard]] bool releases(message_id id) const noexcept;
  [[nodiscard]] bool empty() const noexcept { return window_.empty() && !spilled_; }
  [[nodiscard]] std::size_t in_memory() const noexcept { return window_.size(); }

private:
  outbox_options options_;
  std::deque<peer_notice> window_;
  std::uint64_t last_;         ///< Ever given.
  std::uint64_t in_window_ = 0; ///< The highest that came into the window.
  std::uint64_t answered_ = 0;
  std::uint64_t batch_last_ = 0; ///< Of what is under way; 0: nothing is.
  steady_time due_ = steady_time::max();
  bool spilled_ = false; ///< There are more on disk than in the window.
  bool loading_ = false;
};

} // namespace troupe::policy
