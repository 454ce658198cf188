// DNS block lists (RFC 5782): which names to ask for a client, and what the answers come
// to. A list that gives no answer says nothing.

#pragma once

#include "net/core/ip_address.hpp"
#include "net/core/reply.hpp"

#include <optional>
#include <string>
#include <vector>

namespace troupe::policy {

struct block_list {
  std::string zone;  ///< "zen.example.org".
  int weight = 1;    ///< Below zero: a list of good hosts.
  std::vector<ip_network> answers; ///< Those that count; empty: all of 127.0.0.0/8.
  std::string reply; ///< What the client reads; empty: our words.
};

struct block_list_rules {
  std::vector<block_list> lists;
  int refuse_at = 1; ///< The sum of weights that is too much.

  [[nodiscard]] bool is_empty() const noexcept { return lists.empty(); }
};

/// "7.2.0.192.zen.example.org", or of IPv6 all nibbles (RFC 5782 §2.4). Empty for no address.
[[nodiscard]] std::string block_list_name(const ip_address& client, const std::string& zone);

/// Whether the A records that a list answered list the client. Answers outside of
/// 127.0.0.0/8 never do: a dead zone that was sold answers so for everybody. Nor does
/// 127.255.255.0/24, with which lists say that they refuse the question.
[[nodiscard]] bool is_listed(const block_list& list, const std::vector<ip_address>& answers);

/// The refusal, where the lists that list the client weigh enough.
/// @param listed one for each of `rules.lists`
[[nodiscard]] std::optional<reply> judge(const block_list_rules& rules, const std::vector<bool>& listed,
                                         const ip_address& client);

} // namespace troupe::policy
