// How often strangers may come, and how much they may send: rates for each client and for
// each network, over all connections. What is refused is not counted, so that a client
// that slows down gets in.

#pragma once

#include "actors/policy/client_network.hpp"
#include "actors/policy/rate_limit.hpp"
#include "net/core/time.hpp"

#include <list>
#include <unordered_map>

namespace troupe::policy {

/// A bucket for each of many: `limit.count` at once after a pause, then evenly.
class rate_table {
public:
  /// @param entries_max above it the one not heard of for longest is forgotten
  rate_table(const rate& limit, std::size_t entries_max) : limit_(limit), entries_max_(entries_max) {}

  /// True, and counted, where one more is within the limit. Always true without a limit.
  [[nodiscard]] bool take(const ip_address& who, steady_time now);

  /// For what comes from now on; what was counted stays.
  void set_limit(const rate& limit) noexcept { limit_ = limit; }

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
  struct entry {
    ip_address who;
    steady_time even_place; ///< When all that was counted would be over, spread evenly.
  };

  rate limit_; ///< Count 0: none.
  std::size_t entries_max_;
  std::list<entry> entries_; ///< Heard of last first.
  std::unordered_map<ip_address, std::list<entry>::iterator, hash_of_address> places_;
};

/// Count 0: no limit.
struct arrival_limits {
  rate connections_per_ip;
  rate connections_per_network;
  rate messages_per_ip;
  rate messages_per_network;
};

enum class arrival_answer { welcome, client_too_fast, network_too_fast };

class arrivals {
public:
  static constexpr std::size_t entries_max = 50'000; ///< Of each of four tables; about 5 MiB each.

  explicit arrivals(const arrival_limits& limits);
  void set_limits(const arrival_limits& limits) noexcept;

  /// Peers without an address (local sockets) are always welcome.
  [[nodiscard]] arrival_answer connection(const ip_address& from, steady_time now);
  [[nodiscard]] arrival_answer message(const ip_address& from, steady_time now);

private:
  rate_table connections_;
  rate_table network_connections_;
  rate_table messages_;
  rate_table network_messages_;
};

} // namespace troupe::policy
