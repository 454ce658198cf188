#include "app/config/print_config.hpp"
#include "tests/app/config/parsing.hpp"

#include <catch2/catch.hpp>

using namespace troupe::app;

namespace {

/// Nothing in it is a default.
constexpr auto everything = R"(
[node]
name = "n"
hostname = "h.test"
data_dir = '/d "x" \ $'
shards = 2
drain = "1500ms"
[[listener]]
address = "[2001:db8::1]:24"
kind = "lmtp"
tls = "required"
auth = "optional"
bare_newline = "normalize"
plaintext_auth = "loopback"
senders = "own"
priority = "low"
proxy_protocol_from = ["10.0.0.0/8"]
xclient_from = ["2001:db8::/32"]
[[listener]]
address = "unix:/run/l"
[tls]
certificate = '$${HOST} $$${A} $'
key = "{data_dir}/k"
[limits]
message_bytes = 65537
disk_free = 0
body_memory = "1MiB"
[relay]
networks = []
domains = ["*.relay.test"]
[auth]
users = "/u"
dovecot = "unix:/run/auth"
mechanisms = ["PLAIN", "SCRAM-SHA-256"]
delay = ["2s", "3s"]
[[auth.sender]]
user = "ann"
addresses = ["a@b.test", "@c.test", "*"]
[[auth.sender]]
user = "bob"
[[domain]]
name = "one.test"
users = []
aliases = { "a \"b\"" = ["x", "y@z.test"], post = ["\"q r\"@z.test"] }
deliver = "discard"
[[domain]]
name = "two.test"
deliver = "lmtp:unix:{data_dir}/l"
[[route]]
match = ["a.test"]
via = 'fail:550 "no" $${x}'
tls = "dane"
rate = "1/1h"
[delivery]
source = ["192.0.2.1", "::1"]
address_family = "ipv6"
[retry]
schedule = ["10ms"]
jitter = 1
[breaker]
failure_ratio = 0.25
[pool.auth]
min = 2
[supervisor]
backoff = ["1s", "1m"]
[dns]
servers = ["[::1]:53"]
dnssec_anchor = "a"
[admin]
http = "127.0.0.1:1"
[metrics]
http = ""
[tracing]
otlp = "http://[::1]:4318/v1/traces"
ca = "c"
sample = 0.25
[log]
level = "trace"
[cluster]
listen = "10.0.0.1:4920"
address = "mx1.internal:4920"
peers = ["mx2.internal:4920"]
names = ["mx-?", "edge*"]
certificate = "c"
key = "k"
ca = "a"
partition = "pause"
drain = "wait"
[[milter]]
address = "unix:/m"
listeners = ["mx", "submission"]
[[dkim]]
domain = "a.test"
selector = "s"
key = "k"
)";

} // namespace

TEST_CASE("a printed configuration reads back as itself", "[config]") {
  REQUIRE(errors_of(everything, feature_set::as_planned) == lines{});
  const auto parsed = parse(everything, feature_set::as_planned);
  CHECK(parsed.value.tls->certificate == "${HOST} $${A} $");
  CHECK(parsed.value.tls->key == R"(/d "x" \ $/k)");
  const auto printed = print_config(parsed.value);
  CAPTURE(printed);
  CHECK(errors_of(printed, feature_set::as_planned) == lines{});
  CHECK(parse(printed, feature_set::as_planned).value == parsed.value);
}

TEST_CASE("printed defaults, and lists that are empty on purpose, read back too", "[config]") {
  const auto* text = GENERATE("", "domain = []\nlistener = []", "[metrics]\nhttp = ''");
  CAPTURE(text);
  const auto parsed = parse(text);
  REQUIRE(parsed.ok());
  CHECK(parse(print_config(parsed.value)).value == parsed.value);
}

TEST_CASE("a domain that nobody lives in is not one that takes everybody", "[config]") {
  const auto parsed = parse("[[domain]]\nname = 'a.test'\nusers = []");
  const auto again = parse(print_config(parsed.value));
  REQUIRE(again.value.domains[0].users);
  CHECK(again.value.domains[0].users->empty());
}

TEST_CASE("secrets are not printed", "[config]") {
  const auto parsed = parse("[[route]]\nauth = 'ann:hunter2'\n[admin]\ntoken = 'hunter2'", feature_set::as_planned);
  REQUIRE(parsed.ok());
  const auto printed = print_config(parsed.value);
  CHECK(printed.find("hunter2") == printed.npos);
  CHECK(printed.find("token = \"********\"") != printed.npos);
}
