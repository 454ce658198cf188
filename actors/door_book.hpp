// What all doors of a node remember of strangers: how often they came, whom they wrote to
// first, and which block lists answer. SESSIONS and LISTENERS on several threads share it.

#pragma once

#include "actors/breaker_notes.hpp"
#include "actors/policy/arrivals.hpp"
#include "actors/policy/breaker.hpp"
#include "actors/policy/greylist.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::actors {

/// Of a block list, as breakers are called: "dnsbl/bl.example.org".
inline constexpr std::string_view block_list_breaker = "dnsbl/";

struct door_limits {
  policy::arrival_limits arrivals;
  policy::greylist_options greylist;
  policy::breaker_options breaker; ///< Of each block list.
  std::vector<std::string> block_lists; ///< Zones that are asked.
};

/// Any thread may call anything.
class door_book {
public:
  door_book(event_log& log, node_metrics& metrics) : log_(log), metrics_(metrics) {}

  void set_limits(const door_limits& limits);

  [[nodiscard]] policy::arrival_answer connection(const ip_address& from, steady_time now);
  [[nodiscard]] policy::arrival_answer message(const ip_address& from, steady_time now);
  [[nodiscard]] seconds greylisted(const ip_address& from, const mailbox& sender, const mailbox& to, wall_time now);

  /// Whether a block list may be asked now: its breaker is named "dnsbl/ZONE". A granted
  /// question ends in one `answered`, `silent` or `forget`.
  [[nodiscard]] bool may_ask(const std::string& zone, steady_time now);
  void answered(const std::string& zone, steady_time now);
  void silent(const std::string& zone, steady_time now, std::string_view why);
  void forget(const std::string& zone, steady_time now);

  /// The breaker of each block list, by zone.
  [[nodiscard]] std::vector<std::pair<std::string, policy::breaker_view>> block_lists(steady_time now) const;
  /// By an operator. False: no list has this zone.
  [[nodiscard]] bool act_on_list(const std::string& zone, breaker_act act, steady_time now);

  /// What is to last over a restart: the greylist, as text.
  [[nodiscard]] std::string save() const;
  /// @param seed of the node; see policy::greylist
  void load(std::string_view text, std::uint64_t seed, wall_time now);

private:
  struct list_state {
    policy::breaker breaker;
    breaker_notes notes;
  };

  list_state& state_of(const std::string& zone);

  event_log& log_;
  node_metrics& metrics_;
  mutable std::mutex guard_;
  policy::arrivals arrivals_{policy::arrival_limits{}};
  policy::greylist greylist_{policy::greylist_options{}, 0};
  policy::greylist_options greylist_options_;
  policy::breaker_options breaker_options_;
  std::map<std::string, std::unique_ptr<list_state>> lists_; ///< As many as the configuration ever named.
};

} // namespace troupe::actors
