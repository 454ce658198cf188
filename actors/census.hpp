// How many connections there are, in all and from each peer. LISTENERS on several
// threads share it, since a limit that each kept for itself would not be one.

#pragma once

#include "net/core/ip_address.hpp"

#include <cstddef>
#include <mutex>
#include <unordered_map>

namespace troupe::actors {

struct census_limits {
  std::size_t connections = 10'000;
  std::size_t connections_per_ip = 100; ///< From one IPv4 address or one IPv6 /64.
};

enum class census_answer { counted, too_many, too_many_from_there };

/// Any thread may call anything. A peer is an IPv4 address or an IPv6 /64: who has one
/// address of such a network has all of them. Peers without an address (local sockets)
/// count in all only.
class census {
public:
  explicit census(const census_limits& limits) : limits_(limits) {}

  /// Counts one in, unless a limit is reached. Each `counted` owes one `leave`.
  [[nodiscard]] census_answer enter(const ip_address& from);
  void leave(const ip_address& from);
  /// One who was counted turns out to be another. Unless `counted`, it stays as it was.
  [[nodiscard]] census_answer move(const ip_address& from, const ip_address& to);

  void set_limits(const census_limits& limits);
  [[nodiscard]] std::size_t present() const;

private:
  [[nodiscard]] bool count_in(const ip_address& peer);
  [[nodiscard]] bool count_out(const ip_address& peer); ///< False: it never came in.

  struct hash_of_address {
    std::size_t operator()(const ip_address& address) const noexcept;
  };

  mutable std::mutex guard_;
  census_limits limits_;
  std::size_t present_ = 0;
  std::unordered_map<ip_address, std::size_t, hash_of_address> from_;
};

} // namespace troupe::actors
