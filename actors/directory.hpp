// Who is on stage: one card for each living actor, with counters that anybody may
// read without asking the actor. The one piece of memory that actors share besides
// immutable values; a busy or stuck actor could not answer for itself.

#pragma once

#include "net/core/time.hpp"

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::actors {

/// Written by the actor (and by whoever sends to it), read by anybody.
struct actor_card {
  std::string_view kind;         ///< "session", "shard", …; a literal.
  std::string path;              ///< "/queue/shard/0".
  steady_time born = steady_now();
  std::size_t mailbox_limit = 0;
  std::atomic<std::size_t> mailbox_depth{0};
  std::atomic<std::uint64_t> handled{0};
  std::atomic<std::uint64_t> refused{0};
};

/// What a card said at one moment.
struct actor_view {
  std::string_view kind;
  std::string path;
  milliseconds age{0};
  std::size_t mailbox_depth = 0;
  std::size_t mailbox_limit = 0;
  std::uint64_t handled = 0;
  std::uint64_t refused = 0;
};

/// Any thread may call anything.
class directory {
public:
  using entry = std::list<std::shared_ptr<actor_card>>::iterator;

  entry enter(std::shared_ptr<actor_card> card);
  void leave(entry who);

  /// Every living actor, oldest first.
  [[nodiscard]] std::vector<actor_view> everyone() const;

private:
  mutable std::mutex guard_;
  std::list<std::shared_ptr<actor_card>> cards_;
};

} // namespace troupe::actors
