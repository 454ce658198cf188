#include "app/node/compose.hpp"

#include "app/node/compose_authentication.hpp"
#include "app/node/compose_filters.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace troupe::app {

namespace {

/// A RESOLVER keeps its own deadline; the pool takes it for wedged this much later.
constexpr seconds wedge_margin{5};

/// Policies of MTA-STS are small and rare.
constexpr std::uint32_t fetchers_max = 8;
constexpr std::uint32_t fetches_waiting_max = 1000;
constexpr seconds fetch_wait{30};

/// Configured waits are in milliseconds; where a module counts seconds, never less.
seconds whole_seconds(milliseconds wait) { return std::chrono::ceil<seconds>(wait); }

result<policy::relay_options> relay_options_of(const config& from) {
  policy::relay_options options;
  for (const auto& each : from.relay.networks) {
    const auto parsed = parse_ip_network(to_string(each));
    if (!parsed)
      return parsed.error();
    options.networks.push_back(*parsed);
  }
  options.domains = from.relay.domains;
  for (const auto& each : from.listeners)
    if (const auto own = parse_ip_address(each.address.host))
      options.own_addresses.push_back(*own);
  return options;
}

std::vector<policy::domain_options> domain_options_of(const config& from) {
  std::vector<policy::domain_options> all;
  for (const auto& each : from.domains) {
    policy::domain_options one;
    one.name = each.name;
    one.users = each.users;
    for (const auto& [name, targets] : each.aliases)
      for (const auto& target : targets)
        one.aliases[name].push_back(to_string(target));
    one.deliver = to_string(each.deliver);
    all.push_back(std::move(one));
  }
  return all;
}

policy::tls_policy tls_of(route_tls tls) {
  switch (tls) {
    case route_tls::off: return policy::tls_policy::off;
    case route_tls::may: return policy::tls_policy::may;
    case route_tls::required: return policy::tls_policy::required;
    case route_tls::dane: return policy::tls_policy::dane;
    case route_tls::verified: return policy::tls_policy::verified;
  }
  return policy::tls_policy::may;
}

std::vector<policy::route_options> route_options_of(const config& from) {
  std::vector<policy::route_options> all;
  for (const auto& each : from.routes) {
    policy::route_options one;
    one.match = each.match;
    one.via = to_string(each.via);
    one.terms.tls = tls_of(each.tls);
    one.terms.auth = each.auth;
    one.terms.connections_max = each.connections;
    one.terms.messages_per_connection = each.messages_per_connection;
    if (each.rate.is_limited())
      one.terms.deliveries = policy::rate{each.rate.count, whole_seconds(each.rate.per)};
    all.push_back(std::move(one));
  }
  return all;
}

policy::settle_options settle_options_of(const config& from) {
  policy::settle_options options;
  options.retry.schedule.clear();
  for (const auto wait : from.retry.schedule)
    options.retry.schedule.push_back(whole_seconds(wait));
  options.retry.jitter = from.retry.jitter;
  options.retry.expire = whole_seconds(from.retry.expire);
  options.retry.warn = whole_seconds(from.retry.warn);
  return options;
}

} // namespace

policy::breaker_options make_breaker(const config& from) {
  policy::breaker_options options;
  options.window = from.breaker.window;
  options.min_requests = from.breaker.min_requests;
  options.failure_ratio = from.breaker.failure_ratio;
  options.open = from.breaker.open;
  options.open_max = from.breaker.open_max;
  options.probes = from.breaker.probes;
  return options;
}

namespace {

policy::rate rate_of(const rate_limit& from) { return {from.count, from.per}; }

actors::door_limits door_limits_of(const config& from) {
  actors::door_limits limits;
  limits.arrivals.connections_per_ip = rate_of(from.limits.connection_rate);
  limits.arrivals.connections_per_network = rate_of(from.limits.network_connection_rate);
  limits.arrivals.messages_per_ip = rate_of(from.limits.message_rate);
  limits.arrivals.messages_per_network = rate_of(from.limits.network_message_rate);
  limits.greylist.delay = whole_seconds(from.greylist.delay);
  limits.greylist.retry_within = whole_seconds(from.greylist.retry_within);
  limits.greylist.keep = whole_seconds(from.greylist.keep);
  limits.greylist.known_after = from.greylist.known_after;
  limits.breaker = make_breaker(from);
  for (const auto& each : from.block_list)
    limits.block_lists.push_back(each.zone);
  return limits;
}

actors::span_terms span_terms_of(const config& from) {
  actors::span_terms terms;
  if (auto to = parse_http_url(from.tracing.otlp))
    terms.to = *std::move(to);
  terms.ca_file = from.tracing.ca;
  terms.share = from.tracing.sample;
  terms.question_wait = from.pool.dns.timeout;
  return terms;
}

bool has_kind(const std::vector<listener_kind>& kinds, listener_kind kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

actors::door_rules door_rules_of(const config& from, const listener_config& door) {
  actors::door_rules rules;
  rules.proxies = door.proxy_protocol_from;
  rules.claimants = door.xclient_from;
  rules.greet_delay = door.greet_delay;
  rules.helo.refuse_own_name = from.helo.own_name == rule_action::reject;
  rules.helo.refuse_bare_ip = from.helo.bare_ip == rule_action::reject;
  rules.helo.refuse_no_domain = from.helo.no_domain == rule_action::reject;
  rules.helo.own_name = domain_key(from.node.hostname);
  for (const auto& each : from.listeners)
    if (const auto own = parse_ip_address(each.address.host))
      rules.helo.own_addresses.push_back(*own);
  rules.greylists = has_kind(from.greylist.listeners, door.kind);
  rules.block_list_wait = from.block_lists.wait;
  rules.block_lists.refuse_at = static_cast<int>(from.block_lists.refuse_at);
  if (has_kind(from.block_lists.listeners, door.kind))
    for (const auto& each : from.block_list)
      rules.block_lists.lists.push_back({each.zone, static_cast<int>(each.weight), each.answers, each.reply});
  return rules;
}

actors::outbound_options outbound_options_of(const config& from, io::tls_context_ptr tls) {
  actors::outbound_options options;
  options.question_wait = from.pool.dns.timeout;
  options.hostname = from.node.hostname;
  options.mx_port = from.delivery.mx_port;
  options.delivery.session.hostname = from.node.hostname;
  options.breaker = make_breaker(from);
  options.delivery.connect_timeout = from.delivery.connect_timeout;
  smtp::cap(options.delivery.session.timeouts, whole_seconds(from.delivery.reply_timeout));
  options.delivery.tls = std::move(tls);
  options.tls_reports.hostname = from.node.hostname;
  options.tls_reports.every = from.delivery.tls_report_every;
  options.tls_reports.question_wait = from.pool.dns.timeout;
  if (auto sender = parse_mailbox(from.delivery.tls_report_from))
    options.tls_reports.from = *std::move(sender);
  if (from.delivery.mta_sts == mta_sts_use::on) {
    actors::sts_terms sts;
    sts.port = from.delivery.mta_sts_port;
    sts.ca_file = from.delivery.tls_ca;
    sts.fetch_wait = fetch_wait;
    sts.question_wait = from.pool.dns.timeout;
    options.sts = std::make_shared<const actors::sts_terms>(std::move(sts));
  }
  for (const auto& each : from.delivery.source)
    options.sources.push_back(to_string(each));
  return options;
}

/// Null without [tls].
result<io::tls_context_ptr> make_tls(const std::optional<tls_config>& from) {
  if (!from)
    return io::tls_context_ptr{};
  std::vector<io::tls_identity> identities{{from->certificate, from->key, {}}};
  for (const auto& each : from->names)
    identities.push_back({each.certificate, each.key, each.names});
  auto made = io::tls_context::for_server(identities);
  if (!made)
    return error{made.error().code, "[tls]: " + made.error().detail};
  return made;
}

smtp::tls_use starttls_of(listener_tls tls) {
  switch (tls) {
    case listener_tls::off: return smtp::tls_use::off;
    case listener_tls::optional: return smtp::tls_use::optional;
    case listener_tls::required: return smtp::tls_use::required;
    case listener_tls::implicit: return smtp::tls_use::off; // it is on before that
  }
  return smtp::tls_use::off;
}

} // namespace

result<rules> make_rules(const config& from) {
  auto local = policy::local_domains::make(domain_options_of(from), from.node.hostname);
  if (!local)
    return local.error();
  const auto shared = std::make_shared<const policy::local_domains>(std::move(*local));
  const auto relay = relay_options_of(from);
  if (!relay)
    return relay.error();
  auto admission = policy::admission::make(*relay, shared);
  if (!admission)
    return admission.error();
  auto routing = policy::routing_table::make(route_options_of(from), shared);
  if (!routing)
    return routing.error();
  rules all;
  all.admission = std::make_shared<const policy::admission>(std::move(*admission));
  all.routing = std::make_shared<const policy::routing_table>(std::move(*routing));
  all.settle = settle_options_of(from);
  if (const auto fine = policy::check(all.settle.retry); !fine)
    return fine.error();
  auto outbound_tls = io::tls_context::for_client({from.delivery.tls_ca});
  if (!outbound_tls)
    return outbound_tls.error();
  all.outbound = outbound_options_of(from, *std::move(outbound_tls));
  if (const auto fine = smtp::check(all.outbound.delivery.session); !fine)
    return fine.error();
  if (const auto fine = policy::check(make_supervision(from)); !fine)
    return fine.error();
  for (const auto& each : {make_dns_pool(from), make_delivery_pool(from), make_filter_pool(from)})
    if (const auto fine = policy::check(each.pool); !fine)
      return fine.error();
  if (const auto fine = policy::check(all.outbound.breaker); !fine)
    return fine.error();
  auto logins = make_login_book(from, shared);
  if (!logins)
    return logins.error();
  all.logins = std::move(*logins);
  if (const auto fine = policy::check(make_auth_pool(from).pool); !fine)
    return fine.error();
  auto tls = make_tls(from.tls);
  if (!tls)
    return tls.error();
  all.tls = std::move(*tls);
  if (const auto fine = policy::check(make_examination_pool(from).pool); !fine)
    return fine.error();
  auto examination = make_examination_terms(from);
  if (!examination)
    return examination.error();
  all.examination = *std::move(examination);
  auto filters = make_filters(from);
  if (!filters)
    return filters.error();
  all.filters = std::move(*filters);
  all.census = {from.limits.connections, from.limits.connections_per_ip};
  all.doors = door_limits_of(from);
  all.spans = span_terms_of(from);
  return all;
}

actors::inbound_rules_ptr make_inbound_rules(const config& from, const listener_config& door,
                                             const rules& all) {
  auto made = std::make_shared<actors::inbound_rules>();
  auto& session = made->session;
  session.hostname = from.node.hostname;
  session.recipients_max = from.limits.recipients;
  session.message_bytes_max = from.limits.message_bytes;
  session.errors_max = from.limits.errors_per_connection;
  session.messages_max = from.limits.messages_per_connection;
  session.received_hops_max = from.limits.received_hops;
  session.idle_max = whole_seconds(from.limits.idle);
  session.bare_newline = door.bare_newline == bare_newline::normalize ? smtp::bare_newline::normalize
                                                                      : smtp::bare_newline::reject;
  session.logins = door.auth == listener_auth::required   ? smtp::login_use::required
                   : door.auth == listener_auth::optional ? smtp::login_use::optional
                                                          : smtp::login_use::off;
  made->logins = make_door_logins(from, door, all.logins);
  made->login_wait_max = login_wait_max(from);
  made->completes_headers = door.kind == listener_kind::submission;
  session.starttls = starttls_of(door.tls);
  made->tls = all.tls;
  made->begins_with_tls = door.tls == listener_tls::implicit;
  made->handshake_max = std::min(made->handshake_max, session.idle_max);
  session.dialect = door.kind == listener_kind::lmtp ? smtp::dialect::lmtp : smtp::dialect::smtp;
  if (session.dialect == smtp::dialect::lmtp)
    session.greeting = "LMTP Troupe";
  session.offers_binary_mime = true;
  session.offers_limits = true;
  session.tarpit_step = from.limits.tarpit;
  session.tarpit_longest = std::min<milliseconds>(session.tarpit_longest, session.idle_max - milliseconds{1});
  made->door = door_rules_of(from, door);
  made->priority = level_of(door.priority);
  made->examination = all.examination;
  made->listens_at = endpoint_of(door);
  made->filters = filters_of(from, door.kind, all.filters);
  made->filter_place_wait = from.pool.filter.timeout;
  made->admission = all.admission;
  made->routing = all.routing;
  return made;
}

io::endpoint endpoint_of(const listener_config& door) {
  if (door.address.is_unix())
    return {to_string(door.address), 0};
  return {door.address.host, door.address.port};
}

result<io::resolver_options> make_resolver_options(const config& from) {
  io::resolver_options options;
  for (const auto& each : from.dns.servers)
    options.servers.push_back(to_string(each));
  switch (from.delivery.address_family) {
    case address_family::any: options.route.family = dns::address_family::any; break;
    case address_family::ipv4: options.route.family = dns::address_family::ipv4; break;
    case address_family::ipv6: options.route.family = dns::address_family::ipv6; break;
  }
  options.searches_max = from.pool.dns.mailbox;
  options.dnssec_anchor = from.dns.dnssec_anchor;
  // libunbound would say so with the first question, and then of all of them.
  if (!options.dnssec_anchor.empty() && !std::ifstream(options.dnssec_anchor))
    return error{errc::not_found, options.dnssec_anchor + ": cannot be read"};
  options.route.own_names.push_back(domain_key(from.node.hostname));
  if (from.dns.static_zone.empty())
    return options;
  std::ifstream file(from.dns.static_zone);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file)
    return error{errc::not_found, from.dns.static_zone + ": cannot be read"};
  auto zone = dns::parse_zone_file(text.str());
  if (!zone)
    return error{zone.error().code, from.dns.static_zone + ": " + zone.error().detail};
  options.static_zone = std::move(*zone);
  return options;
}

actors::pool_terms make_delivery_pool(const config& from) {
  const auto& given = from.pool.delivery;
  actors::pool_terms terms{.name = "delivery",
                           .path = "/outbound/delivery",
                           .pool = {},
                           .restarts = make_supervision(from)};
  terms.pool.max = given.max;
  terms.pool.buffer = given.buffer;
  terms.pool.timeout = given.timeout;
  return terms;
}

actors::pool_terms make_dns_pool(const config& from) {
  const auto& given = from.pool.dns;
  actors::pool_terms terms{.name = "dns", .path = "/outbound/dns", .pool = {}, .restarts = make_supervision(from)};
  terms.pool.min = given.min;
  terms.pool.max = given.max;
  terms.pool.mailbox = given.mailbox;
  terms.pool.buffer = given.buffer;
  terms.pool.timeout = std::min<milliseconds>(given.timeout + wedge_margin, policy::pool_time_max);
  terms.pool.style = policy::work_style::all_at_once;
  return terms;
}

actors::pool_terms make_fetch_pool(const config& from) {
  actors::pool_terms terms{.name = "fetch", .path = "/outbound/fetch", .pool = {}, .restarts = make_supervision(from)};
  terms.pool.min = 1;
  terms.pool.max = fetchers_max;
  terms.pool.mailbox = 1;
  terms.pool.buffer = fetches_waiting_max;
  terms.pool.timeout = fetch_wait + wedge_margin;
  return terms;
}

policy::supervision_options make_supervision(const config& from) {
  policy::supervision_options options;
  options.restarts = from.supervisor.restarts;
  options.within = from.supervisor.within;
  options.first = from.supervisor.backoff.first;
  options.longest = from.supervisor.backoff.longest;
  return options;
}

std::string shard_directory(const config& from, unsigned number) {
  return from.node.data_dir + "/shard-" + std::to_string(number);
}

storage::queue_store_options make_store_options(const config& from, unsigned number,
                                                wall_time id_floor, wall_time started) {
  storage::queue_store_options options;
  options.directory = shard_directory(from, number);
  options.floor = id_floor;
  options.started = started;
  options.disk_free_min = from.limits.disk_free;
  return options;
}

} // namespace troupe::app
