// FILTER_DESK: keeps the breaker of each filter, for all FILTERS.
//
//   Place      FILTER -> [FILTER_DESK]
//   Spawned    by the SUPERVISOR of the filters, one for the node.
//   Dies       on shutdown, or of a bug.
//   Restarted  by its SUPERVISOR, with all breakers closed. While there is none, filters
//              are asked as if they were well.
//   Bound      one question of each FILTER, of which the filter pool bounds the number.
//   States     serving.

#pragma once

#include "actors/base_actor.hpp"
#include "actors/breaker_notes.hpp"

#include <caf/typed_actor.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::actors {

/// What the names of breakers begin with: "filter:inet:127.0.0.1:11332".
inline constexpr std::string_view filter_breaker = "filter:";

/// May this filter be connected to?
struct ask_filter_permit {
  std::string filter;
};

struct filter_permit {
  bool granted = true;
};

enum class filter_behaviour : std::uint8_t {
  well,      ///< It looked at a message to the end.
  ill,       ///< No connection, no answer in time, or no sense.
  unsettled, ///< A permit was not used up.
};

struct filter_behaved {
  std::string filter;
  filter_behaviour how;
  std::string why; ///< When ill.
};

struct describe_filters {};

struct filter_view {
  std::string name; ///< Of its breaker.
  policy::breaker_view breaker;
};

struct filters_view {
  std::vector<filter_view> all;
};

/// Fails with not_found.
struct set_filter_breaker {
  std::string name; ///< Of the breaker.
  breaker_act act;
};

struct filter_breaker_set {};

/// Those who are not named any more are forgotten.
struct use_filters {
  std::vector<std::string> names; ///< Of the filters.
  policy::breaker_options breaker;
};

using filter_desk_actor
  = caf::typed_actor<caf::replies_to<ask_filter_permit>::with<filter_permit>,
                     caf::reacts_to<filter_behaved>,
                     caf::replies_to<describe_filters>::with<filters_view>,
                     caf::replies_to<set_filter_breaker>::with<filter_breaker_set>,
                     caf::reacts_to<use_filters>>;

class filter_desk final : public base_actor<filter_desk_actor> {
public:
  filter_desk(caf::actor_config& config, const house& home, use_filters first);

  const char* name() const override { return "filter_desk"; }
  void on_exit() override;

protected:
  filter_desk_actor::behavior_type make_behavior() override;

private:
  struct guard {
    policy::breaker breaker;
    breaker_notes notes;
  };

  filter_permit on_ask_filter_permit(const ask_filter_permit& x);
  void on_filter_behaved(const filter_behaved& x);
  filters_view on_describe_filters();
  caf::result<filter_breaker_set> on_set_filter_breaker(const set_filter_breaker& x);
  void on_use_filters(const use_filters& x);
  static void note(guard& whose, const std::optional<policy::breaker_change>& change);

  use_filters terms_;
  std::map<std::string, std::unique_ptr<guard>> guards_; ///< By filter.
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::ask_filter_permit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::filter_permit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::filter_behaved)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::describe_filters)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::filters_view)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::set_filter_breaker)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::filter_breaker_set)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::use_filters)
