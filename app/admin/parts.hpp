// What the handlers of the operator's API share.

#pragma once

#include "app/admin/pressure_meter.hpp"
#include "app/admin/queue_browser.hpp"
#include "app/admin/rate_history.hpp"
#include "app/admin/rate_meter.hpp"
#include "app/node/node.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace troupe::app {

/// What came of a reload.
struct reload_report {
  bool done = false;
  std::vector<std::string> errors;       ///< Why it is not done; everything is as it was.
  std::vector<std::string> need_restart; ///< Keys that changed and wait for a restart.
};

/// What only the main thread can do. Called from any thread.
struct admin_commands {
  std::function<result<reload_report>()> reload; ///< Waits for it; fails with timed_out.
  std::function<void()> shutdown;                ///< Returns at once.
};

/// How long a handler waits for actors in all.
inline constexpr milliseconds ask_deadline{2000};
/// The same for a scrape.
inline constexpr milliseconds scrape_deadline{800};

struct admin_parts {
  node& house;
  const admin_commands commands;
  queue_browser browser;
  rate_meter rates;
  rate_history history;
  pressure_meter pressure;
  std::atomic<steady_time::rep> main_seen; ///< When the main thread was last seen.
};

/// What a shard says of itself; whoever is silent leaves nothing.
struct shard_look {
  unsigned number = 0;
  std::optional<actors::store_view> store;
  std::optional<actors::shard_view> shard;
};

enum class shard_question : std::uint8_t { store_only, store_and_shard };

/// Asks all shards at once.
[[nodiscard]] std::vector<shard_look> look_at_shards(node& house, shard_question what,
                                                     steady_time deadline);

/// Sums of what the stores said.
struct queue_totals {
  storage::state_counts queued;
  storage::state_counts held;
  storage::state_counts copies; ///< Of other nodes' messages: never among ours.
  wall_time oldest{};   ///< The epoch: none.
  bool complete = true; ///< False while a start still counts, or when a store is silent.
};
[[nodiscard]] queue_totals total(const std::vector<shard_look>& shards);

/// How long what is queued takes at this rate, or nothing when nothing moves.
[[nodiscard]] std::optional<double> drain_estimate(std::uint64_t queued, const mail_rates& now);

} // namespace troupe::app
