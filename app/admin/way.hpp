// Which way mail to an address takes: the rule that matches, the next hop that follows,
// and what the DNS says about it now.

#pragma once

#include "actors/policy/routing.hpp"
#include "actors/route.hpp"
#include "app/admin/json_answer.hpp"
#include "app/node/node.hpp"
#include "net/dns/mail_route.hpp"

namespace troupe::app {

/// The DNS may take its time; an operator waits longer than a screen does.
inline constexpr milliseconds way_deadline{10'000};

struct way {
  mailbox to;
  policy::next_hop hop;
  bool asks_dns = false;
  std::optional<dns::mail_plan> plan{}; ///< What the DNS said, where it was asked and answered.
  std::string silence{};                ///< Why it did not.
  actors::sts_policy_ptr sts{};         ///< The domain's policy (MTA-STS) in force, or null.
  std::string sts_silence{};            ///< Why nobody could say.
  std::string route{};                  ///< Name of the ROUTE; empty where there is none.
};

/// By the rules in force. @pre !to.is_null()
[[nodiscard]] way find_way(node& house, const mailbox& to, steady_time deadline);

[[nodiscard]] json way_json(const way& x);

} // namespace troupe::app
