// How fast passwords may be guessed: each network and each name that failed before waits
// before it is heard again, longer each time. Pure: the caller brings the time.
//
// What is under way counts as failed until it is known, so that many guesses at once are
// not cheaper than one after the other. Whoever logged in from a network before is not
// held up by what others try with his name.

#pragma once

#include "net/core/ip_address.hpp"
#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace troupe::policy {

struct login_limit_options {
  milliseconds first = seconds{1};    ///< The first wait; doubled with each failure
  milliseconds longest = seconds{30}; ///< up to this.
  unsigned free_for_name = 3;         ///< Failures without a wait.
  unsigned free_for_network = 10;     ///< The same; many people may sit behind one address.
  milliseconds queue_max = seconds{60}; ///< Whoever would wait longer is turned away at once.
  milliseconds forget = std::chrono::minutes{15}; ///< After so long without an attempt.
  std::size_t entries_max = 50'000;   ///< Of names, and of networks, and of both together; the oldest leave.

  friend bool operator==(const login_limit_options&, const login_limit_options&) = default;
};

/// Fails with malformed; detail names the field.
[[nodiscard]] status check(const login_limit_options& options);

struct login_turn {
  bool granted = false;
  steady_time at{}; ///< When its password may be looked at.
};

enum class login_end : std::uint8_t {
  good,
  bad,
  unknown, ///< Given up, or nobody could tell.
};

class login_limits {
public:
  /// @pre check(options)
  explicit login_limits(const login_limit_options& options = {});

  /// An attempt comes in. A granted one ends in exactly one `ended`.
  [[nodiscard]] login_turn arrive(const ip_address& from, std::string_view name, steady_time now);
  void ended(const ip_address& from, std::string_view name, login_end how, steady_time now);

  /// Names, networks and pairs that are remembered.
  [[nodiscard]] std::size_t entries() const noexcept {
    return names_.size() + networks_.size() + good_.size();
  }

private:
  struct record {
    unsigned failures = 0;
    unsigned under_way = 0;
    steady_time next{}; ///< The next attempt is heard no sooner.
    steady_time touched{};
  };

  /// The most recently touched come first.
  class table {
  public:
    record& touch(const std::string& key, steady_time now, const login_limit_options& options);
    record* find(const std::string& key, steady_time now, const login_limit_options& options);
    [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }

  private:
    using entry = std::pair<std::string, record>;
    std::list<entry> order_;
    std::unordered_map<std::string, std::list<entry>::iterator> places_;
  };

  [[nodiscard]] milliseconds wait_after(unsigned failures, unsigned free) const noexcept;
  void end_one(record& of, login_end how) const noexcept;

  login_limit_options options_;
  table names_;
  table networks_;
  table good_; ///< By network and name: who logged in from where.
};

} // namespace troupe::policy
