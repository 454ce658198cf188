// The configuration of a node as plain values: one struct for each table of
// troupe.toml, one field for each key, the documented default as its initialiser.
// Made by parse_config and load_config; nothing here reads a file.

#pragma once

#include "app/config/places.hpp"
#include "net/core/ip_address.hpp"
#include "net/core/log_level.hpp"
#include "net/core/mailbox.hpp"
#include "net/core/priority.hpp"
#include "net/core/time.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace troupe::app {

struct node_config {
  std::string name;                       ///< Default: the host's name.
  std::string hostname;                   ///< Default: the host's full name.
  std::string data_dir = "./troupe-data";
  std::string user;                       ///< Who it is once the doors are open; empty: who started it.
  std::uint32_t shards = 0;               ///< 0: one for each core.
  milliseconds drain = std::chrono::seconds{30};

  friend bool operator==(const node_config&, const node_config&) = default;
};

enum class listener_kind : std::uint8_t { mx, submission, lmtp };
enum class listener_tls : std::uint8_t { off, optional, required, implicit };
enum class listener_auth : std::uint8_t { off, optional, required };
/// Whose MAIL FROM a login may use.
enum class listener_senders : std::uint8_t { any, own };
/// Who may log in without TLS.
enum class plaintext_auth : std::uint8_t { refused, loopback };
enum class bare_newline : std::uint8_t { reject, normalize };

struct listener_config {
  endpoint address{"127.0.0.1", 2525, {}};
  listener_kind kind = listener_kind::mx;
  listener_tls tls = listener_tls::off;    ///< Not given: optional if [tls] is there.
  listener_auth auth = listener_auth::off; ///< Not given: required on submission.
  app::plaintext_auth plaintext_auth = app::plaintext_auth::refused;
  listener_senders senders = listener_senders::any;
  app::bare_newline bare_newline = app::bare_newline::reject;
  priority_class priority = priority_class::normal; ///< Of mail that asks for none.
  std::vector<ip_network> proxy_protocol_from;
  std::vector<ip_network> xclient_from;
  std::string mode = "0666";                ///< Of a socket in the file system; octal.
  milliseconds greet_delay{0};

  friend bool operator==(const listener_config&, const listener_config&) = default;
};

/// A further certificate, for clients that ask for one of its names.
struct tls_name_config {
  std::vector<std::string> names; ///< Lower case, or "*.example.org"; empty: the certificate's own.
  std::string certificate;
  std::string key;

  friend bool operator==(const tls_name_config&, const tls_name_config&) = default;
};

enum class rule_action : std::uint8_t { accept, reject };

/// What strangers may say in HELO.
struct helo_config {
  rule_action own_name = rule_action::reject;
  rule_action bare_ip = rule_action::accept;
  rule_action no_domain = rule_action::accept;

  friend bool operator==(const helo_config&, const helo_config&) = default;
};

struct greylist_config {
  std::vector<listener_kind> listeners; ///< Empty: nowhere.
  milliseconds delay = std::chrono::minutes{5};
  milliseconds retry_within = std::chrono::hours{24};
  milliseconds keep = std::chrono::hours{35 * 24};
  std::uint32_t known_after = 5;        ///< 0: a network never is.

  friend bool operator==(const greylist_config&, const greylist_config&) = default;
};

struct block_lists_config {
  std::vector<listener_kind> listeners = {listener_kind::mx};
  std::uint32_t refuse_at = 1;
  milliseconds wait = std::chrono::seconds{5};

  friend bool operator==(const block_lists_config&, const block_lists_config&) = default;
};

struct block_list_config {
  std::string zone;
  std::uint32_t weight = 1;
  std::vector<ip_network> answers; ///< Empty: every one in 127.0.0.0/8.
  std::string reply;               ///< Empty: our own words.

  friend bool operator==(const block_list_config&, const block_list_config&) = default;
};

struct tls_config {
  std::string certificate;
  std::string key;
  std::vector<tls_name_config> names; ///< [[tls.name]]

  friend bool operator==(const tls_config&, const tls_config&) = default;
};

struct limits_config {
  std::uint64_t message_bytes = 25ull << 20;
  std::uint32_t recipients = 1000;
  std::uint32_t connections = 10000;
  std::uint32_t connections_per_ip = 100;
  rate_limit connection_rate;                ///< Of strangers: from one address,
  rate_limit network_connection_rate;        ///< from one network.
  rate_limit message_rate;
  rate_limit network_message_rate;
  std::uint32_t messages_per_connection = 1000;
  std::uint32_t errors_per_connection = 20;
  milliseconds tarpit{0};                    ///< 0: none.
  milliseconds idle = std::chrono::minutes{5};
  std::uint64_t queue_bytes = 0;             ///< 0: no limit but the disk's.
  std::uint64_t disk_free = 64ull << 20;
  std::uint32_t received_hops = 50;
  std::uint64_t body_memory = 256ull << 20;  ///< Of all bodies on their way to the queue.

  friend bool operator==(const limits_config&, const limits_config&) = default;
};

struct relay_config {
  std::vector<ip_network> networks;    ///< Default: 127.0.0.0/8 and ::1/128.
  std::vector<std::string> domains; ///< Lower case: "relay.test", "*.relay.test".

  relay_config();
  friend bool operator==(const relay_config&, const relay_config&) = default;
};

enum class login_mechanism : std::uint8_t { plain, login, scram_sha_256 };

struct backoff_range {
  milliseconds first{0};
  milliseconds longest{0};

  friend bool operator==(const backoff_range&, const backoff_range&) = default;
};

/// What a login may send as, beside its own addresses.
struct auth_sender_config {
  std::string user;
  std::vector<std::string> addresses; ///< "sales@local.test", "@local.test", "*".

  friend bool operator==(const auth_sender_config&, const auth_sender_config&) = default;
};

struct auth_config {
  std::string users; ///< Path; or empty.
  endpoint dovecot;  ///< A socket in the file system; or empty.
  std::vector<login_mechanism> mechanisms; ///< Empty: all that the users' secrets allow.
  /// A refusal comes no sooner; and the longest wait after many of them.
  backoff_range delay{std::chrono::seconds{1}, std::chrono::seconds{30}};
  std::vector<auth_sender_config> senders;

  friend bool operator==(const auth_config&, const auth_config&) = default;
};

struct domain_config {
  std::string name;                                     ///< Lower case.
  std::optional<std::vector<std::string>> users;        ///< Nothing: every local part is accepted.
  std::map<std::string, std::vector<mailbox>> aliases;  ///< By local part; targets are complete.
  app::deliver deliver;

  friend bool operator==(const domain_config&, const domain_config&) = default;
};

enum class route_tls : std::uint8_t { off, may, required, dane, verified };

struct route_config {
  std::vector<std::string> match = {"*"};  ///< Lower case: "*", "relay.test", "*.relay.test".
  app::via via;
  route_tls tls = route_tls::may;
  std::string auth;                        ///< "name:password", or empty.
  std::uint32_t connections = 20;
  rate_limit rate;
  std::uint32_t messages_per_connection = 100;

  friend bool operator==(const route_config&, const route_config&) = default;
};

enum class address_family : std::uint8_t { any, ipv4, ipv6 };

enum class mta_sts_use : std::uint8_t { off, on };

struct delivery_config {
  milliseconds connect_timeout = std::chrono::seconds{30};
  milliseconds reply_timeout = std::chrono::minutes{5};
  std::uint16_t mx_port = 25;
  std::string tls_ca;                      ///< Path; empty: the system's.
  app::mta_sts_use mta_sts = app::mta_sts_use::on;
  std::uint16_t mta_sts_port = 443;
  std::string tls_report_from;             ///< An address; empty: no reports.
  milliseconds tls_report_every = std::chrono::hours{24};
  std::vector<ip_address> source;          ///< Empty: any.
  app::address_family address_family = app::address_family::any;

  friend bool operator==(const delivery_config&, const delivery_config&) = default;
};

struct retry_config {
  std::vector<milliseconds> schedule; ///< Default: 1m 5m 15m 1h 3h 6h; the last repeats.
  double jitter = 0.1;
  milliseconds expire = std::chrono::hours{5 * 24};
  milliseconds warn = std::chrono::hours{4}; ///< 0: never.

  retry_config();
  friend bool operator==(const retry_config&, const retry_config&) = default;
};

struct breaker_config {
  milliseconds window = std::chrono::seconds{60};
  std::uint32_t min_requests = 5;
  double failure_ratio = 0.5;
  milliseconds open = std::chrono::seconds{30};
  milliseconds open_max = std::chrono::minutes{10};
  std::uint32_t probes = 1;

  friend bool operator==(const breaker_config&, const breaker_config&) = default;
};

struct pool_config {
  std::uint32_t min = 1;
  std::uint32_t max = 50;
  std::uint32_t mailbox = 10;
  std::uint32_t buffer = 500;
  milliseconds timeout = std::chrono::seconds{30};

  friend bool operator==(const pool_config&, const pool_config&) = default;
};

/// The writers of the queue: as many as there are shards.
struct storage_pool_config {
  std::uint32_t min = 0; ///< 0, or node.shards; the same for max.
  std::uint32_t max = 0;
  std::uint32_t mailbox = 4096;
  std::uint32_t buffer = 10'000;
  milliseconds timeout = std::chrono::seconds{30};

  friend bool operator==(const storage_pool_config&, const storage_pool_config&) = default;
};

struct pools_config {
  storage_pool_config storage;
  /// A job is a session.
  pool_config delivery{
    .min = 1, .max = 1000, .mailbox = 1, .buffer = 10'000, .timeout = std::chrono::seconds{10}};
  pool_config dns{.min = 1, .max = 4, .mailbox = 100, .buffer = 1000}; ///< Its workers are heavy.
  pool_config auth{.min = 1, .max = 16, .mailbox = 1}; ///< Each has a thread of its own.
  pool_config filter;
  pool_config examination{.min = 1, .max = 4, .mailbox = 100, .buffer = 1000, .timeout = std::chrono::seconds{50}};

  friend bool operator==(const pools_config&, const pools_config&) = default;
};

struct supervisor_config {
  std::uint32_t restarts = 5;
  milliseconds within = std::chrono::seconds{60};
  /// Before the first restart, and the longest.
  backoff_range backoff{milliseconds{100}, std::chrono::seconds{10}};

  friend bool operator==(const supervisor_config&, const supervisor_config&) = default;
};

struct dns_config {
  std::vector<endpoint> servers; ///< Empty: the system's resolv.conf.
  std::string dnssec_anchor;     ///< Path, or empty.
  std::string static_zone;       ///< Path, or empty.

  friend bool operator==(const dns_config&, const dns_config&) = default;
};

struct admin_config {
  std::string socket = "{data_dir}/admin.sock"; ///< Path; {data_dir} is filled in by parse_config.
  endpoint http;                                ///< Empty: off.
  std::string token;

  friend bool operator==(const admin_config&, const admin_config&) = default;
};

struct metrics_config {
  endpoint http{"127.0.0.1", 9127, {}}; ///< Empty: off.

  friend bool operator==(const metrics_config&, const metrics_config&) = default;
};

/// Where the ways of messages are shown as traces.
struct tracing_config {
  std::string otlp;  ///< URL of an OTLP/HTTP collector; empty: off.
  std::string ca;    ///< Path; empty: the system's.
  double sample = 1; ///< Share of the messages.

  friend bool operator==(const tracing_config&, const tracing_config&) = default;
};

struct log_config {
  log_level level = log_level::info;
  log_format format = log_format::json;

  friend bool operator==(const log_config&, const log_config&) = default;
};

enum class when_short : std::uint8_t { accept, refuse };
/// What two nodes do that do not hear each other.
enum class when_parted : std::uint8_t { deliver, pause };
/// What a node does with its queue when it is told to stop.
enum class drain_to : std::uint8_t { peers, wait };

struct cluster_config {
  endpoint listen;
  endpoint address;               ///< Where others reach it; complete: listen, if none was given.
  std::vector<endpoint> peers;    ///< This node itself may be among them.
  std::vector<std::string> names; ///< Patterns: who may join besides the peers.
  std::string certificate;
  std::string key;
  std::string ca;
  std::uint32_t copies = 2;
  app::when_short when_short = app::when_short::accept;
  milliseconds takeover = std::chrono::seconds{10};
  when_parted partition = when_parted::deliver;
  drain_to drain = drain_to::peers;

  friend bool operator==(const cluster_config&, const cluster_config&) = default;
};

enum class filter_failure : std::uint8_t { tempfail, accept, reject };

struct milter_config {
  std::string address; ///< "inet:HOST:PORT" or "unix:/path".
  filter_failure on_failure = filter_failure::tempfail;
  milliseconds timeout = std::chrono::seconds{30};         ///< For a connection and for each answer.
  milliseconds message_timeout = std::chrono::minutes{5};  ///< For the answer to a whole message.
  std::vector<listener_kind> listeners = {listener_kind::mx};

  friend bool operator==(const milter_config&, const milter_config&) = default;
};

enum class check_mode : std::uint8_t { off, mark, reject };
enum class arc_mode : std::uint8_t { off, mark };
enum class arc_use : std::uint8_t { off, seal };

struct verify_config {
  check_mode spf = check_mode::off;
  check_mode dkim = check_mode::off;
  check_mode dmarc = check_mode::off;
  arc_mode arc = arc_mode::off;

  friend bool operator==(const verify_config&, const verify_config&) = default;
};

struct srs_config {
  std::string secret; ///< Empty: senders of forwarded mail stay as they are.

  friend bool operator==(const srs_config&, const srs_config&) = default;
};

struct dkim_config {
  std::string domain;
  std::string selector;
  std::string key;
  arc_use arc = arc_use::off; ///< It seals what is sent on for strangers, too. One at most does.

  friend bool operator==(const dkim_config&, const dkim_config&) = default;
};

/// What parse_config returns is complete: names, domains and routes are filled in,
/// and every value is within its bounds.
struct config {
  node_config node;
  std::vector<listener_config> listeners = {listener_config{}};
  std::optional<tls_config> tls;
  limits_config limits;
  relay_config relay;
  helo_config helo;
  greylist_config greylist;
  block_lists_config block_lists;
  std::vector<block_list_config> block_list;
  auth_config auth;
  std::vector<domain_config> domains; ///< Default: the hostname and localhost, each to a Maildir.
  std::vector<route_config> routes;   ///< First match wins; the last one matches everything.
  delivery_config delivery;
  retry_config retry;
  breaker_config breaker;
  pools_config pool;
  supervisor_config supervisor;
  dns_config dns;
  admin_config admin;
  metrics_config metrics;
  tracing_config tracing;
  log_config log;
  std::optional<cluster_config> cluster; ///< Nothing: a node alone.
  std::vector<milter_config> milters;
  std::vector<dkim_config> dkims;
  verify_config verify;
  srs_config srs;

  friend bool operator==(const config&, const config&) = default;
};

} // namespace troupe::app
