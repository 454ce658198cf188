#include "tests/app/config/parsing.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::app;
using namespace std::chrono_literals;

TEST_CASE("an empty file gives the defaults that need no root and no network", "[config]") {
  const auto parsed = parse("");
  REQUIRE(parsed.ok());
  const auto& value = parsed.value;
  CHECK(value.node.name == "mx1.example.org");
  CHECK(value.node.hostname == "mx1.example.org");
  REQUIRE(value.listeners.size() == 2);
  CHECK(to_string(value.listeners[1].address) == "unix:./troupe-data/submit.sock");
  CHECK(value.listeners[1].kind == listener_kind::submission);
  CHECK(value.listeners[1].auth == listener_auth::off);
  CHECK(to_string(value.listeners[0].address) == "127.0.0.1:2525");
  CHECK(value.limits.message_bytes == 26'214'400);
  REQUIRE(value.relay.networks.size() == 2);
  CHECK(to_string(value.relay.networks[0]) == "127.0.0.0/8");
  CHECK(to_string(value.relay.networks[1]) == "::1/128");
  REQUIRE(value.domains.size() == 2);
  CHECK(value.domains[0].name == "mx1.example.org");
  CHECK(value.domains[1].name == "localhost");
  CHECK(to_string(value.domains[1].deliver) == "maildir:./troupe-data/mail/{user}");
  CHECK_FALSE(value.domains[1].users);
  REQUIRE(value.routes.size() == 1);
  CHECK(value.routes[0].match == lines{"*"});
  CHECK(value.retry.schedule == std::vector<milliseconds>{1min, 5min, 15min, 1h, 3h, 6h});
  CHECK(value.admin.socket == "./troupe-data/admin.sock");
  CHECK(to_string(value.metrics.http) == "127.0.0.1:9127");
}

TEST_CASE("a host called localhost has one domain by default", "[config]") {
  auto around = test_surroundings();
  around.host_name = "localhost";
  CHECK(parse_config("", "t.toml", around).value.domains.size() == 1);
}

TEST_CASE("keys land in their fields", "[config]") {
  constexpr auto text = R"(
[node]
name = "n1"
hostname = "${HOST}"
data_dir = "/d"
shards = 3
drain = "0s"
[[listener]]
address = "[::]:25"
bare_newline = "normalize"
priority = "urgent"
[limits]
body_memory = 1000000
message_bytes = 65536
queue_bytes = "1GiB"
[relay]
networks = []
domains = ["Relay.Test", "*.relay.test"]
[[domain]]
name = "Local.Test"
users = ["alice", "Bob"]
aliases = { info = ["alice", "x@elsewhere.test"], "odd name" = ["postmaster"] }
deliver = "maildir:{data_dir}/{domain}/{user}"
[[route]]
match = ["relay.test", "*.relay.test"]
via = "lmtp:unix:{data_dir}/lmtp"
rate = "10/1s"
[delivery]
source = ["192.0.2.1", "2001:DB8::1"]
address_family = "ipv4"
mx_port = 2600
[retry]
jitter = 0
schedule = ["50ms"]
warn = "0s"
[dns]
servers = ["127.0.0.1:5353"]
static_zone = "{data_dir}/zone"
[metrics]
http = ""
[log]
level = "debug"
format = "text"
)";
  REQUIRE(errors_of(text) == lines{});
  const auto parsed = parse(text);
  const auto& value = parsed.value;
  CHECK(value.node.hostname == "relay.test");
  CHECK(value.node.shards == 3);
  CHECK(value.node.drain == 0s);
  CHECK(value.listeners[0].bare_newline == bare_newline::normalize);
  CHECK(value.listeners[0].priority == priority_class::urgent);
  CHECK(value.limits.body_memory == 1'000'000);
  CHECK(value.limits.queue_bytes == 1ull << 30);
  CHECK(value.relay.networks.empty());
  CHECK(value.relay.domains == lines{"relay.test", "*.relay.test"});
  REQUIRE(value.domains.size() == 1);
  CHECK(value.domains[0].name == "local.test");
  CHECK(value.domains[0].users == lines{"alice", "Bob"});
  CHECK(value.domains[0].aliases.at("info")
        == std::vector<mailbox>{{"alice", "local.test"}, {"x", "elsewhere.test"}});
  CHECK(value.domains[0].aliases.at("odd name") == std::vector<mailbox>{{"postmaster", "local.test"}});
  CHECK(value.domains[0].deliver.path == "/d/{domain}/{user}");
  REQUIRE(value.routes.size() == 2);
  CHECK(value.routes[0].via.hop.path == "/d/lmtp");
  CHECK(value.routes[0].rate == rate_limit{10, 1s});
  CHECK(value.routes[1] == route_config{});
  CHECK(to_string(value.delivery.source.at(1)) == "2001:db8::1");
  CHECK(value.delivery.mx_port == 2600);
  CHECK(value.retry.jitter == 0.0);
  CHECK(value.dns.static_zone == "/d/zone");
  CHECK(value.admin.socket == "/d/admin.sock");
  CHECK(value.metrics.http.is_empty());
  CHECK(value.log.format == log_format::text);
}

TEST_CASE("all errors are told at once, each with its place, in the file's order", "[config]") {
  CHECK(errors_of(R"([limits]
mesage_bytes = 1
idle = 5
recipients = "many"
[node]
shards = -1
nmae = "x"
[[listener]]
kind = "mxx"
[lgo]
level = "info"
)") == lines{
    R"(t.toml:2:1: limits.mesage_bytes: unknown key; did you mean "message_bytes"?)",
    R"(t.toml:3:8: limits.idle: needs a unit: a duration like "250ms", "30s", "5m", "1h" or "5d")",
    R"(t.toml:4:14: limits.recipients: must be a whole number, without quotes)",
    R"(t.toml:6:10: node.shards: must be from 0 to 16)",
    R"(t.toml:7:1: node.nmae: unknown key; did you mean "name"?)",
    R"(t.toml:8:1: listener[1].address: is missing)",
    R"(t.toml:9:8: listener[1].kind: unknown value "mxx"; did you mean "mx"?)",
    R"(t.toml:10:2: lgo: unknown key; did you mean "log"?)",
  });
}

TEST_CASE("a bad value is named with what is wrong", "[config]") {
  const auto [text, error] = GENERATE(table<std::string, std::string>({
    {"x", "t.toml:1:2: Error while parsing key-value pair: encountered end-of-file"},
    {"node = 1", "t.toml:1:8: node: must be a table, under [node]"},
    {"listener = 1", "t.toml:1:12: listener: must be tables, each under [[listener]]"},
    {"[listener]\naddress='0.0.0.0:25'", "t.toml:1:1: listener: must be tables, each under [[listener]]"},
    {"domain = [1]", "t.toml:1:10: domain: must be tables, each under [[domain]]"},
    {"[node]\nname = 1", "t.toml:2:8: node.name: must be a string, in quotes"},
    {"[node]\nname = ''", R"(t.toml:2:8: node.name: "" must be 1 to 64 letters, digits, dots, dashes or underscores)"},
    {"[node]\nname = '${NOPE}'", "t.toml:2:8: node.name: needs ${NOPE}, which is not set in the environment"},
    {"[node]\nhostname = 'a b'", R"(t.toml:2:12: node.hostname: "a b" is no valid domain name)"},
    {"[node]\nhostname = '[127.0.0.1]'", R"(t.toml:2:12: node.hostname: "[127.0.0.1]" is no valid domain name)"},
    {"[node]\ndata_dir = '/{user}'", R"(t.toml:2:12: node.data_dir: "/{user}" must be a path without braces)"},
    {"[limits]\nmessage_bytes = '1KiB'", "t.toml:2:17: limits.message_bytes: must be from 64KiB to 1TiB"},
    {"[limits]\nmessage_bytes = -1", "t.toml:2:17: limits.message_bytes: must not be negative"},
    {"[limits]\nmessage_bytes = '25MB'",
     R"(t.toml:2:17: limits.message_bytes: "25MB" has an unknown unit, must be a number of bytes, or a size like "64KiB", "25MiB" or "1GiB")"},
    {"[limits]\nrecipients = 99", "t.toml:2:14: limits.recipients: must be from 100 to 100000"},
    {"[limits]\nidle = '0s'", "t.toml:2:8: limits.idle: must be from 100ms to 1d"},
    {"[delivery]\nmx_port = 65536", "t.toml:2:11: delivery.mx_port: must be from 1 to 65535"},
    {"[delivery]\nsource = '192.0.2.1'", "t.toml:2:10: delivery.source: must be a list of values, in brackets"},
    {"[delivery]\nsource = ['192.0.2']", R"(t.toml:2:11: delivery.source: "192.0.2" is no IP address)"},
    {"[retry]\njitter = 1.5", "t.toml:2:10: retry.jitter: must be from 0.0 to 1.0"},
    {"[retry]\njitter = nan", "t.toml:2:10: retry.jitter: must be from 0.0 to 1.0"},
    {"[retry]\njitter = '0'", "t.toml:2:10: retry.jitter: must be a number, without quotes"},
    {"[relay]\ndomains = ['*']", R"(t.toml:2:12: relay.domains: "*" would be an open relay; name the domains)"},
    {"[[domain]]", "t.toml:1:1: domain[1].name: is missing"},
    {"[[domain]]\nname = 'a.test'\nusers = ['a@b']",
     R"(t.toml:3:10: domain[1].users: "a@b" must be a local part without a domain)"},
    {"[[domain]]\nname = 'a.test'\naliases = { x = ['a@b@c'] }",
     R"(t.toml:3:18: domain[1].aliases: "a@b@c" is no address)"},
    {"[[domain]]\nname = 'a.test'\naliases = { x = [] }",
     R"(t.toml:3:17: domain[1].aliases: alias "x" leads nowhere)"},
    {"[[domain]]\nname = 'a.test'\naliases = { 'x@y' = ['a'] }",
     R"(t.toml:3:13: domain[1].aliases: alias "x@y" must be a local part without a domain)"},
    {"[[domain]]\nname = 'a.test'\ndeliver = 'maildir:/{usr}'",
     R"(t.toml:3:11: domain[1].deliver: "maildir:/{usr}" may have {data_dir}, {domain} and {user} in its path, no other braces)"},
    {"[[route]]\nmatch = ['relay.*']", R"(t.toml:2:10: route[1].match: "relay.*" must be "*", a domain name, or "*." and a domain name)"},
    {"[pool.disk]\nmax = 1", R"(t.toml:1:7: pool.disk: unknown key; must be one of "storage", "delivery", "dns", "auth", "filter", "examination")"},
    {"[admin]\nsocket = ''", R"(t.toml:2:10: admin.socket: "" must be a path of 1 to 107 bytes, as for every socket)"},
    {"[metrics]\nhttp = 'localhost:9127'", R"(t.toml:2:8: metrics.http: "localhost:9127" is no IP address (a name is not enough here))"},
  }));
  CAPTURE(text);
  CHECK(errors_of(text) == lines{error});
}

TEST_CASE("a file is bounded in size, in depth and in errors", "[config]") {
  CHECK(errors_of(std::string(config_bytes_max + 1, '\n')) == lines{"t.toml: is longer than 1 MiB"});
  CHECK(errors_of(std::string(config_bytes_max, '\n')) == lines{});
  std::string deep = "a";
  for (int i = 0; i < 300'000; ++i)
    deep += ".a";
  CHECK(errors_of("\n" + deep + " = 1") == lines{"t.toml:2:1: a key has more than 16 dots"});
  CHECK(errors_of("[" + deep + "]") == lines{"t.toml:1:1: a key has more than 16 dots"});
  CHECK(errors_of("a = { b = \"#\", " + deep + " = 1 }") == lines{"t.toml:1:1: a key has more than 16 dots"});
  CHECK(errors_of("# " + deep + "\n[log]\nlevel = 'info' # a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s") == lines{});
  CHECK(errors_of("x = " + std::string(100'000, '[')).size() == 1);
  std::string wrong;
  for (int i = 0; i < 1000; ++i)
    wrong += "x" + std::to_string(i) + " = 1\n";
  const auto errors = errors_of(wrong);
  REQUIRE(errors.size() == config_errors_max + 1);
  CHECK(errors.back() == "t.toml: and 900 more errors");
}

TEST_CASE("a dot in a string is no key's dot", "[config]") {
  CHECK(errors_of("[[route]]\nvia = 'fail:....................'\n[[domain]]\nname = \"\"\"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.test\"\"\"")
        == lines{});
}

TEST_CASE("TLS makes listeners offer it, and submission asks for a name", "[config]") {
  const auto parsed = parse(R"(
[tls]
certificate = "c"
key = "k"
[auth]
users = "/u"
[[listener]]
address = "0.0.0.0:25"
[[listener]]
address = "0.0.0.0:587"
kind = "submission"
[[listener]]
address = "0.0.0.0:465"
kind = "submission"
tls = "implicit"
auth = "optional"
)", feature_set::as_planned);
  REQUIRE(parsed.ok());
  CHECK(parsed.value.listeners[0].tls == listener_tls::optional);
  CHECK(parsed.value.listeners[0].auth == listener_auth::off);
  CHECK(parsed.value.listeners[1].auth == listener_auth::required);
  CHECK(parsed.value.listeners[2].tls == listener_tls::implicit);
  CHECK(parsed.value.listeners[2].auth == listener_auth::optional);
}
