// Why a message is still here, as a chain: the message, its shard, the route of its next
// hop, and what stands behind that one: breaker, limit, DNS, peer. Each link says what it
// is about and whether it holds the message up. Pure: whoever asks brings what was said.

#pragma once

#include "actors/route.hpp"
#include "actors/shard.hpp"
#include "net/core/queued_message.hpp"

#include <optional>
#include <string>
#include <vector>

namespace troupe::app {

struct why_link {
  std::string link;  ///< "message", "shard", "route", "operator", "breaker", "limit", "dns", "peer".
  std::string name;  ///< Of the shard, route or peer; or empty.
  std::string words; ///< One line for people.
  bool holds = false;
  std::optional<seconds> lasts; ///< For how long it will hold, if that is known.
};

struct why_facts {
  const queued_message& mail;
  unsigned shard = 0;
  std::optional<actors::message_place> place{}; ///< Nothing: `shard_silence` says why.
  std::string shard_silence{};
  std::vector<actors::route_view> routes{};   ///< Of its destinations, as far as they stand.
  std::vector<std::string> silent{};          ///< Routes that did not answer: why.
  policy::breaker_view dns{};                 ///< Of all questions to the DNS.
  policy::breaker_view store{};               ///< Of the disk of its shard.
  wall_time now{};
};

/// From the message outwards.
[[nodiscard]] std::vector<why_link> walk(const why_facts& facts);

/// The link that holds the message up: of those that do, an operator's word before all,
/// then what is furthest out, since what stands before it only waits for it. Null when
/// the message is simply on its way.
[[nodiscard]] const why_link* holder(const std::vector<why_link>& chain);

} // namespace troupe::app
