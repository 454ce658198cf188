// From the configuration to the options of each module: the one place that knows both.

#pragma once

#include "actors/census.hpp"
#include "actors/door_book.hpp"
#include "actors/filter_desk.hpp"
#include "actors/inbound_rules.hpp"
#include "actors/pool.hpp"
#include "actors/policy/supervision.hpp"
#include "actors/shard.hpp"
#include "actors/span_exporter.hpp"
#include "actors/switchboard.hpp"
#include "app/config/config.hpp"
#include "app/node/logins.hpp"
#include "net/io/resolver.hpp"
#include "net/io/stream_socket.hpp"
#include "storage/queue_store_options.hpp"

#include <memory>
#include <string>

namespace troupe::app {

/// All that a reload replaces.
struct rules {
  std::shared_ptr<const policy::admission> admission;
  std::shared_ptr<const policy::routing_table> routing;
  policy::settle_options settle;
  actors::outbound_options outbound;
  actors::census_limits census;
  login_book logins;
  io::tls_context_ptr tls; ///< What we show to clients; null without [tls].
  actors::examination_terms_ptr examination;
  actors::door_limits doors;
  actors::span_terms spans;
  actors::filter_list filters; ///< In the order of config::milters.
};

/// Fails where a module refuses what the configuration let pass.
[[nodiscard]] result<rules> make_rules(const config& from);

[[nodiscard]] actors::inbound_rules_ptr make_inbound_rules(const config& from,
                                                           const listener_config& door,
                                                           const rules& all);

[[nodiscard]] io::endpoint endpoint_of(const listener_config& door);

/// Reads the static zone's file.
[[nodiscard]] result<io::resolver_options> make_resolver_options(const config& from);

/// RESOLVERS: each with many questions under way at once.
[[nodiscard]] actors::pool_terms make_dns_pool(const config& from);
/// Places of outbound sessions, for PLACE_POOL.
[[nodiscard]] actors::pool_terms make_delivery_pool(const config& from);

/// PAGE_FETCHERS: each busy with one call.
[[nodiscard]] actors::pool_terms make_fetch_pool(const config& from);

/// FILTERS: a place for each session whose mail is looked at.
[[nodiscard]] actors::pool_terms make_filter_pool(const config& from);

/// What the breakers of filters are to be.
[[nodiscard]] actors::use_filters make_filter_guards(const rules& all);

[[nodiscard]] policy::supervision_options make_supervision(const config& from);
[[nodiscard]] policy::breaker_options make_breaker(const config& from);

[[nodiscard]] std::string shard_directory(const config& from, unsigned number);
[[nodiscard]] storage::queue_store_options make_store_options(const config& from, unsigned number,
                                                              wall_time id_floor, wall_time started);

} // namespace troupe::app
