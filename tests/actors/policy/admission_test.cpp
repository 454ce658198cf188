#include "actors/policy/admission.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;

namespace {

admission rules() {
  domain_options listed;
  listed.name = "local.test";
  listed.users = std::vector<std::string>{"alice"};
  listed.aliases = {{"info", {"alice"}}};
  domain_options open;
  open.name = "open.test";
  relay_options relay;
  relay.networks = {*parse_ip_network("127.0.0.0/8"), *parse_ip_network("2001:db8::/32")};
  relay.domains = {"relay.test", "*.wild.test"};
  relay.own_addresses = {*parse_ip_address("192.0.2.1"), *parse_ip_address("2001:db8::1")};
  auto made = admission::make(relay, std::make_shared<local_domains>(std::move(
                                       *local_domains::make({listed, open}, "local.test"))));
  REQUIRE(made.ok());
  return std::move(*made);
}

const peer_standing stranger{*parse_ip_address("198.51.100.7"), false};
const peer_standing neighbour{*parse_ip_address("127.0.0.1"), false};
const peer_standing user{*parse_ip_address("198.51.100.7"), true};
const peer_standing pipe_peer{};

std::string said(const recipient_verdict& verdict) {
  switch (verdict.place) {
    case recipient_place::local: return "local " + verdict.to.local + "@" + verdict.to.domain;
    case recipient_place::relay: return "relay " + verdict.to.local + "@" + verdict.to.domain;
    case recipient_place::refused: return to_string(verdict.refusal).substr(0, 9);
  }
  return {};
}

} // namespace

TEST_CASE("admission: a stranger reaches who lives here and what we relay for, nothing else",
          "[policy]") {
  const auto [local, domain, expected] = GENERATE(table<std::string, std::string, std::string>({
    {"alice", "local.test", "local alice@local.test"},
    {"Alice", "LOCAL.test", "local Alice@LOCAL.test"},
    {"info", "local.test", "local info@local.test"},
    {"carol", "local.test", "550 5.1.1"},
    {"any", "open.test", "local any@open.test"},
    {"postmaster", "", "local postmaster@local.test"},
    {"PostMaster", "", "local PostMaster@local.test"},
    {"alice", "", "550 5.1.1"},
    {"", "", "550 5.1.1"},
    {"bob", "relay.test", "relay bob@relay.test"},
    {"bob", "a.b.wild.test", "relay bob@a.b.wild.test"},
    {"bob", "wild.test", "550 5.7.1"},
    {"bob", "sub.relay.test", "550 5.7.1"},
    {"bob", "evil.test", "550 5.7.1"},
    // Every known way to hide a second address in a first one.
    {"bob%evil.test", "local.test", "550 5.1.1"},
    {"evil.test!bob", "local.test", "550 5.1.1"},
    {"bob@evil.test", "local.test", "550 5.1.1"},
    {"bob%evil.test", "open.test", "550 5.7.1"},
    {"evil.test!bob", "open.test", "550 5.7.1"},
    {"bob@evil.test", "open.test", "550 5.7.1"},
    {"@open.test:bob@evil.test", "open.test", "550 5.7.1"},
    {"bob%evil.test", "relay.test", "550 5.7.1"},
    {"evil.test!bob", "relay.test", "550 5.7.1"},
    {"bob@evil.test", "relay.test", "550 5.7.1"},
    {"bob%evil.test", "", "550 5.1.1"},
    // Literals: our own addresses are home, others are elsewhere.
    {"alice", "[192.0.2.1]", "local alice@local.test"},
    {"alice", "[IPv6:2001:DB8:0::1]", "local alice@local.test"},
    {"alice", "[IPv6:::ffff:192.0.2.1]", "local alice@local.test"},
    {"bob%evil.test", "[192.0.2.1]", "550 5.1.1"},
    {"postmaster", "[192.0.2.1]", "local postmaster@local.test"},
    {"alice", "[192.0.2.2]", "550 5.7.1"},
    {"alice", "[192.0.2.1", "550 5.7.1"},
    {"alice", "192.0.2.1", "550 5.7.1"},
  }));
  CAPTURE(local, domain);
  CHECK(said(rules().check_recipient(stranger, {local, domain})) == expected);
}

TEST_CASE("admission: who may relay reaches anywhere, but no ghosts here", "[policy]") {
  const auto peer = GENERATE(0, 1);
  const auto& trusted = peer == 0 ? neighbour : user;
  CHECK(said(rules().check_recipient(trusted, {"bob", "evil.test"})) == "relay bob@evil.test");
  CHECK(said(rules().check_recipient(trusted, {"bob%x", "relay.test"}))
        == "relay bob%x@relay.test");
  CHECK(said(rules().check_recipient(trusted, {"a", "[203.0.113.9]"})) == "relay a@[203.0.113.9]");
  CHECK(said(rules().check_recipient(trusted, {"carol", "local.test"})) == "550 5.1.1");
  CHECK(said(rules().check_recipient(trusted, {"bob%evil.test", "open.test"})) == "550 5.7.1");
}

TEST_CASE("admission: trust is by network, family and log-in only", "[policy]") {
  CHECK_FALSE(rules().may_relay(stranger));
  CHECK_FALSE(rules().may_relay(pipe_peer));
  CHECK(rules().may_relay({{}, true}));
  CHECK(rules().may_relay({*parse_ip_address("::ffff:127.0.0.1"), false}));
  CHECK(rules().may_relay({*parse_ip_address("2001:db8:ffff::1"), false}));
  CHECK_FALSE(rules().may_relay({*parse_ip_address("2001:db9::1"), false}));
  CHECK_FALSE(rules().may_relay({*parse_ip_address("128.0.0.1"), false}));
}

TEST_CASE("admission: a node without local domains has no postmaster and relays by rule only",
          "[policy]") {
  const auto none = admission::make({}, std::make_shared<local_domains>());
  CHECK(said(none->check_recipient(neighbour, {"postmaster", ""})) == "550 5.1.1");
  CHECK(said(none->check_recipient(neighbour, {"a", "b.test"})) == "550 5.7.1");
}

TEST_CASE("admission: a relay domain that is no pattern is refused at start", "[policy]") {
  relay_options bad;
  bad.domains = {"a b"};
  CHECK_FALSE(admission::make(bad, std::make_shared<local_domains>()).ok());
}
