// Every key of troupe.toml, once: its name, its field, its bounds. Reading,
// printing and comparing all walk this list, so none of them can forget a key.
//
// A walker has key(name, field, rule), table(name, struct), optional_table(name,
// optional) and table_list(name, vector).

#pragma once

#include "app/config/rules.hpp"

namespace troupe::app {

template <class Walker>
void describe(Walker& walk, node_config& x) {
  walk.key("name", x.name, text_rule{text_kind::node_name});
  walk.key("hostname", x.hostname, text_rule{text_kind::host_name});
  walk.key("data_dir", x.data_dir, text_rule{text_kind::data_dir});
  walk.key("user", x.user, text_rule{text_kind::user_name});
  walk.key("shards", x.shards, count_rule{0, 16});
  walk.key("drain", x.drain, time_rule{milliseconds{0}, std::chrono::hours{1}});
}

template <class Walker>
void describe(Walker& walk, listener_config& x) {
  walk.key("address", x.address, place_rule{host_names::refused, presence::required});
  walk.key("kind", x.kind, plain_rule{});
  walk.key("tls", x.tls, plain_rule{});
  walk.key("auth", x.auth, plain_rule{});
  walk.key("plaintext_auth", x.plaintext_auth, plain_rule{});
  walk.key("senders", x.senders, plain_rule{});
  walk.key("bare_newline", x.bare_newline, plain_rule{});
  walk.key("priority", x.priority, plain_rule{});
  walk.key("proxy_protocol_from", x.proxy_protocol_from, plain_rule{});
  walk.key("xclient_from", x.xclient_from, plain_rule{});
  walk.key("mode", x.mode, text_rule{text_kind::file_mode});
  walk.key("greet_delay", x.greet_delay, time_rule{milliseconds{0}, std::chrono::minutes{1}});
}

template <class Walker>
void describe(Walker& walk, tls_name_config& x) {
  walk.key("names", x.names, text_rule{text_kind::certificate_name});
  walk.key("certificate", x.certificate, text_rule{text_kind::path, presence::required});
  walk.key("key", x.key, text_rule{text_kind::path, presence::required});
}

template <class Walker>
void describe(Walker& walk, tls_config& x) {
  walk.key("certificate", x.certificate, text_rule{text_kind::path, presence::required});
  walk.key("key", x.key, text_rule{text_kind::path, presence::required});
  walk.table_list("name", x.names);
}

template <class Walker>
void describe(Walker& walk, limits_config& x) {
  walk.key("message_bytes", x.message_bytes, size_rule{64 << 10, 1ull << 40}); // RFC 5321 §4.5.3.1.7
  walk.key("recipients", x.recipients, count_rule{100, 100'000});               // §4.5.3.1.8
  walk.key("connections", x.connections, count_rule{1});
  walk.key("connections_per_ip", x.connections_per_ip, count_rule{1});
  walk.key("connection_rate", x.connection_rate, plain_rule{});
  walk.key("network_connection_rate", x.network_connection_rate, plain_rule{});
  walk.key("message_rate", x.message_rate, plain_rule{});
  walk.key("network_message_rate", x.network_message_rate, plain_rule{});
  walk.key("messages_per_connection", x.messages_per_connection, count_rule{1});
  walk.key("errors_per_connection", x.errors_per_connection, count_rule{1});
  walk.key("tarpit", x.tarpit, time_rule{milliseconds{0}, std::chrono::seconds{10}});
  walk.key("idle", x.idle, time_rule{milliseconds{100}, std::chrono::hours{24}});
  walk.key("queue_bytes", x.queue_bytes, size_rule{});
  walk.key("disk_free", x.disk_free, size_rule{});
  walk.key("received_hops", x.received_hops, count_rule{1, 1000});
  walk.key("body_memory", x.body_memory, size_rule{});
}

template <class Walker>
void describe(Walker& walk, relay_config& x) {
  walk.key("networks", x.networks, plain_rule{});
  walk.key("domains", x.domains, text_rule{text_kind::relay_pattern});
}

template <class Walker>
void describe(Walker& walk, auth_sender_config& x) {
  walk.key("user", x.user, text_rule{text_kind::any, presence::required});
  walk.key("addresses", x.addresses, text_rule{text_kind::sender_grant});
}

template <class Walker>
void describe(Walker& walk, helo_config& x) {
  walk.key("own_name", x.own_name, plain_rule{});
  walk.key("bare_ip", x.bare_ip, plain_rule{});
  walk.key("no_domain", x.no_domain, plain_rule{});
}

template <class Walker>
void describe(Walker& walk, greylist_config& x) {
  walk.key("listeners", x.listeners, plain_rule{});
  walk.key("delay", x.delay, time_rule{std::chrono::seconds{1}, std::chrono::hours{24}});
  walk.key("retry_within", x.retry_within, time_rule{std::chrono::seconds{1}});
  walk.key("keep", x.keep, time_rule{std::chrono::seconds{1}});
  walk.key("known_after", x.known_after, count_rule{0});
}

template <class Walker>
void describe(Walker& walk, block_lists_config& x) {
  walk.key("listeners", x.listeners, plain_rule{});
  walk.key("refuse_at", x.refuse_at, count_rule{1, 1000});
  walk.key("wait", x.wait, time_rule{milliseconds{10}, std::chrono::minutes{1}});
}

template <class Walker>
void describe(Walker& walk, block_list_config& x) {
  walk.key("zone", x.zone, text_rule{text_kind::host_name, presence::required});
  walk.key("weight", x.weight, count_rule{1, 1000});
  walk.key("answers", x.answers, plain_rule{});
  walk.key("reply", x.reply, text_rule{text_kind::reply_text});
}

template <class Walker>
void describe(Walker& walk, auth_config& x) {
  walk.key("users", x.users, text_rule{text_kind::path});
  walk.key("dovecot", x.dovecot, place_rule{});
  walk.key("mechanisms", x.mechanisms, plain_rule{});
  walk.key("delay", x.delay, time_rule{milliseconds{10}, std::chrono::minutes{1}});
  walk.table_list("sender", x.senders);
}

template <class Walker>
void describe(Walker& walk, domain_config& x) {
  walk.key("name", x.name, text_rule{text_kind::host_name, presence::required});
  walk.key("users", x.users, text_rule{text_kind::local_part});
  walk.key("aliases", x.aliases, plain_rule{});
  walk.key("deliver", x.deliver, plain_rule{});
}

template <class Walker>
void describe(Walker& walk, route_config& x) {
  walk.key("match", x.match, text_rule{text_kind::domain_pattern});
  walk.key("via", x.via, plain_rule{});
  walk.key("tls", x.tls, plain_rule{});
  walk.key("auth", x.auth, text_rule{text_kind::credentials});
  walk.key("connections", x.connections, count_rule{1, 10'000});
  walk.key("rate", x.rate, plain_rule{});
  walk.key("messages_per_connection", x.messages_per_connection, count_rule{1});
}

template <class Walker>
void describe(Walker& walk, delivery_config& x) {
  walk.key("connect_timeout", x.connect_timeout, time_rule{milliseconds{10}, std::chrono::hours{1}});
  walk.key("reply_timeout", x.reply_timeout, time_rule{milliseconds{10}, std::chrono::hours{1}});
  walk.key("mx_port", x.mx_port, count_rule{1, 65535});
  walk.key("tls_ca", x.tls_ca, text_rule{text_kind::path});
  walk.key("mta_sts", x.mta_sts, plain_rule{});
  walk.key("mta_sts_port", x.mta_sts_port, count_rule{1, 65535});
  walk.key("tls_report_from", x.tls_report_from, text_rule{});
  walk.key("tls_report_every", x.tls_report_every,
           time_rule{std::chrono::seconds{1}, std::chrono::hours{24}});
  walk.key("source", x.source, plain_rule{});
  walk.key("address_family", x.address_family, plain_rule{});
}

template <class Walker>
void describe(Walker& walk, retry_config& x) {
  walk.key("schedule", x.schedule, time_rule{milliseconds{10}});
  walk.key("jitter", x.jitter, ratio_rule{});
  walk.key("expire", x.expire, time_rule{milliseconds{10}});
  walk.key("warn", x.warn, time_rule{});
}

template <class Walker>
void describe(Walker& walk, breaker_config& x) {
  walk.key("window", x.window, time_rule{milliseconds{10}, std::chrono::hours{24}});
  walk.key("min_requests", x.min_requests, count_rule{1, 10'000});
  walk.key("failure_ratio", x.failure_ratio, ratio_rule{0.01, 1});
  walk.key("open", x.open, time_rule{milliseconds{10}, std::chrono::hours{24}});
  walk.key("open_max", x.open_max, time_rule{milliseconds{10}, std::chrono::hours{24}});
  walk.key("probes", x.probes, count_rule{1, 100});
}

template <class Walker>
void describe(Walker& walk, pool_config& x) {
  walk.key("min", x.min, count_rule{1, 10'000});
  walk.key("max", x.max, count_rule{1, 10'000});
  walk.key("mailbox", x.mailbox, count_rule{1});
  walk.key("buffer", x.buffer, count_rule{0});
  walk.key("timeout", x.timeout, time_rule{milliseconds{10}, std::chrono::hours{1}});
}

template <class Walker>
void describe(Walker& walk, storage_pool_config& x) {
  walk.key("min", x.min, count_rule{0, 16});
  walk.key("max", x.max, count_rule{0, 16});
  walk.key("mailbox", x.mailbox, count_rule{16}); // the shard asks it, too
  walk.key("buffer", x.buffer, count_rule{1});
  walk.key("timeout", x.timeout, time_rule{milliseconds{1000}, std::chrono::hours{1}});
}

template <class Walker>
void describe(Walker& walk, pools_config& x) {
  walk.table("storage", x.storage);
  walk.table("delivery", x.delivery);
  walk.table("dns", x.dns);
  walk.table("auth", x.auth);
  walk.table("filter", x.filter);
  walk.table("examination", x.examination);
}

template <class Walker>
void describe(Walker& walk, supervisor_config& x) {
  walk.key("restarts", x.restarts, count_rule{0, 1000});
  walk.key("within", x.within, time_rule{milliseconds{10}, std::chrono::hours{24}});
  walk.key("backoff", x.backoff, time_rule{milliseconds{1}, std::chrono::hours{1}});
}

template <class Walker>
void describe(Walker& walk, dns_config& x) {
  walk.key("servers", x.servers, place_rule{});
  walk.key("dnssec_anchor", x.dnssec_anchor, text_rule{text_kind::path});
  walk.key("static_zone", x.static_zone, text_rule{text_kind::path});
}

template <class Walker>
void describe(Walker& walk, admin_config& x) {
  walk.key("socket", x.socket, text_rule{text_kind::socket_path});
  walk.key("http", x.http, place_rule{});
  walk.key("token", x.token, text_rule{});
}

template <class Walker>
void describe(Walker& walk, metrics_config& x) {
  walk.key("http", x.http, place_rule{});
}

template <class Walker>
void describe(Walker& walk, tracing_config& x) {
  walk.key("otlp", x.otlp, text_rule{});
  walk.key("ca", x.ca, text_rule{text_kind::path});
  walk.key("sample", x.sample, ratio_rule{});
}

template <class Walker>
void describe(Walker& walk, log_config& x) {
  walk.key("level", x.level, plain_rule{});
  walk.key("format", x.format, plain_rule{});
}

template <class Walker>
void describe(Walker& walk, cluster_config& x) {
  walk.key("listen", x.listen, place_rule{host_names::refused, presence::required});
  walk.key("address", x.address, place_rule{host_names::allowed});
  walk.key("peers", x.peers, place_rule{host_names::allowed});
  walk.key("names", x.names, text_rule{text_kind::node_pattern});
  walk.key("certificate", x.certificate, text_rule{text_kind::path, presence::required});
  walk.key("key", x.key, text_rule{text_kind::path, presence::required});
  walk.key("ca", x.ca, text_rule{text_kind::path, presence::required});
  walk.key("copies", x.copies, count_rule{1, 5}); // policy::holders_max, and this node
  walk.key("when_short", x.when_short, plain_rule{});
  walk.key("takeover", x.takeover, time_rule{milliseconds{500}, std::chrono::hours{1}});
  walk.key("partition", x.partition, plain_rule{});
  walk.key("drain", x.drain, plain_rule{});
}

template <class Walker>
void describe(Walker& walk, milter_config& x) {
  walk.key("address", x.address, text_rule{text_kind::milter_address, presence::required});
  walk.key("on_failure", x.on_failure, plain_rule{});
  walk.key("timeout", x.timeout, time_rule{milliseconds{10}, std::chrono::minutes{5}});
  // The client waits ten minutes in all (RFC 5321 §4.5.3.2.6).
  walk.key("message_timeout", x.message_timeout, time_rule{milliseconds{10}, std::chrono::minutes{9}});
  walk.key("listeners", x.listeners, plain_rule{});
}

template <class Walker>
void describe(Walker& walk, dkim_config& x) {
  walk.key("domain", x.domain, text_rule{text_kind::host_name, presence::required});
  walk.key("selector", x.selector, text_rule{text_kind::host_name, presence::required});
  walk.key("key", x.key, text_rule{text_kind::path, presence::required});
  walk.key("arc", x.arc, plain_rule{});
}

template <class Walker>
void describe(Walker& walk, verify_config& x) {
  walk.key("spf", x.spf, plain_rule{});
  walk.key("dkim", x.dkim, plain_rule{});
  walk.key("dmarc", x.dmarc, plain_rule{});
  walk.key("arc", x.arc, plain_rule{});
}

template <class Walker>
void describe(Walker& walk, srs_config& x) {
  walk.key("secret", x.secret, text_rule{});
}

template <class Walker>
void describe(Walker& walk, config& x) {
  walk.table("node", x.node); // first: data_dir stands in others
  walk.table_list("listener", x.listeners);
  walk.optional_table("tls", x.tls);
  walk.table("limits", x.limits);
  walk.table("relay", x.relay);
  walk.table("helo", x.helo);
  walk.table("greylist", x.greylist);
  walk.table("block_lists", x.block_lists);
  walk.table_list("block_list", x.block_list);
  walk.table("auth", x.auth);
  walk.table_list("domain", x.domains);
  walk.table_list("route", x.routes);
  walk.table("delivery", x.delivery);
  walk.table("retry", x.retry);
  walk.table("breaker", x.breaker);
  walk.table("pool", x.pool);
  walk.table("supervisor", x.supervisor);
  walk.table("dns", x.dns);
  walk.table("admin", x.admin);
  walk.table("metrics", x.metrics);
  walk.table("tracing", x.tracing);
  walk.table("log", x.log);
  walk.optional_table("cluster", x.cluster);
  walk.table_list("milter", x.milters);
  walk.table_list("dkim", x.dkims);
  walk.table("verify", x.verify);
  walk.table("srs", x.srs);
}

} // namespace troupe::app
