#include "actors/policy/routing.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;

namespace {

std::shared_ptr<const local_domains>
domains(const std::vector<std::pair<std::string, std::string>>& all) {
  std::vector<domain_options> options;
  for (const auto& [name, deliver] : all) {
    options.emplace_back();
    options.back().name = name;
    options.back().deliver = deliver;
  }
  return std::make_shared<local_domains>(std::move(*local_domains::make(options, "mx.test")));
}

route_options rule(std::vector<std::string> match, std::string via) {
  route_options made;
  made.match = std::move(match);
  made.via = std::move(via);
  return made;
}

const auto here
  = domains({{"local.test", "maildir:/m/{domain}/{user}"}, {"lm.test", "lmtp:unix:/run/lmtp"}});

} // namespace

TEST_CASE("routing: local domains first, then rules in order, then MX", "[policy]") {
  const auto table = routing_table::make(
    {rule({"local.test", "relay.test", "*.relay.test"}, "smtp:127.0.0.1:2600"),
     rule({"relay.test", "[192.0.2.1]"}, "hold"), rule({"gone.test"}, "fail:Nobody is left"),
     rule({"*.mx.test"}, "mx"), rule({"*"}, "smtp:[::1]:25")},
    here);
  REQUIRE(table.ok());
  const auto [domain, key, number]
    = GENERATE(Catch::Generators::table<std::string, std::string, unsigned>({
      {"LOCAL.test", "maildir:local.test", 0},
      {"lm.test", "lmtp:unix:/run/lmtp", 0},
      {"relay.test", "smtp:127.0.0.1:2600", 1},
      {"A.Relay.Test", "smtp:127.0.0.1:2600", 1},
      {"[192.0.2.1]", "hold", 2},
      {"gone.test", "fail", 3},
      {"A.MX.test", "mx:a.mx.test", 4},
      {"else.test", "smtp:[::1]:25", 5},
      {"", "maildir:local.test", 0},
    }));
  CAPTURE(domain);
  const auto hop = table->find_next_hop({"postmaster", domain});
  CHECK(hop.key == key);
  CHECK(hop.rule == number);
  CHECK(hop.terms != nullptr);
}

TEST_CASE("routing: without rules it is MX, for literals too", "[policy]") {
  const auto table = routing_table::make({}, here);
  const auto hop = table->find_next_hop({"a", "Example.ORG"});
  CHECK(hop.kind == next_hop_kind::mx);
  CHECK(hop.host == "example.org");
  CHECK(hop.key == "mx:example.org");
  CHECK(table->find_next_hop({"a", "[192.0.2.1]"}).key == "mx:[192.0.2.1]");
}

TEST_CASE("routing: one place under two terms has two names, under the same terms one",
          "[policy]") {
  auto secret = rule({"a.test"}, "smtp:h.test:25");
  secret.terms.auth = "user:password";
  const auto table = routing_table::make(
    {secret, rule({"b.test"}, "smtp:H.test"), rule({"c.test"}, "smtp:h.test:25"),
     rule({"d.test"}, "fail:One"), rule({"e.test"}, "fail:Two")},
    here);
  const auto key = [&table](const char* domain) { return table->find_next_hop({"a", domain}).key; };
  CHECK(key("a.test") == "smtp:h.test:25");
  CHECK(key("b.test") == "smtp:h.test:25~2");
  CHECK(key("c.test") == key("b.test"));
  CHECK(key("d.test") != key("e.test"));
}

TEST_CASE("routing: via is read", "[policy]") {
  const auto [via, kind, host, port, path]
    = GENERATE(table<std::string, next_hop_kind, std::string, int, std::string>({
      {"mx", next_hop_kind::mx, "", 0, ""},
      {"hold", next_hop_kind::hold, "", 0, ""},
      {"discard", next_hop_kind::discard, "", 0, ""},
      {"smtp:Smart.Example.org:587", next_hop_kind::smtp_host, "smart.example.org", 587, ""},
      {"smtp:127.0.0.1", next_hop_kind::smtp_host, "127.0.0.1", 25, ""},
      {"smtp:[2001:db8::1]", next_hop_kind::smtp_host, "2001:db8::1", 25, ""},
      {"smtp:[127.0.0.1]:2525", next_hop_kind::smtp_host, "127.0.0.1", 2525, ""},
      {"lmtp:[::1]:1024", next_hop_kind::lmtp_host, "::1", 1024, ""},
      {"lmtp:h", next_hop_kind::lmtp_host, "h", 24, ""},
      {"lmtp:unix:/run/dovecot/lmtp", next_hop_kind::lmtp_unix, "", 0, "/run/dovecot/lmtp"},
      {"maildir:/m/{user}", next_hop_kind::maildir, "", 0, "/m/{user}"},
    }));
  const auto hop = parse_via(via);
  CAPTURE(via);
  REQUIRE(hop.ok());
  CHECK(hop->kind == kind);
  CHECK(hop->host == host);
  CHECK(hop->port == port);
  CHECK(hop->path == path);
}

TEST_CASE("routing: via that says nothing is refused", "[policy]") {
  const auto via
    = GENERATE(as<std::string>{}, "", "MX", "mx:", "mx:a", "smtp", "smtp:", "smtp::25",
               "smtp:h:", "smtp:h:0", "smtp:h:65536", "smtp:h:25x", "smtp:h:-1", "smtp:a b:25",
               "smtp:::1:25", "smtp:[::1", "smtp:[::1]25", "smtp:[h]:25", "smtp:-h:25",
               "lmtp:unix:", "maildir:", "fail", "fail:", "fail: \r\n", "hold:x",
               "discard:", "pipe:/bin/sh", "smtp:h\r\n:25", "lmtp:unix:/" + std::string(107, 'x'));
  CAPTURE(via);
  CHECK_FALSE(parse_via(via).ok());
}

TEST_CASE("routing: a table with a mistake is refused, with its place", "[policy]") {
  CHECK(routing_table::make({rule({"*"}, "mx"), rule({"*"}, "maildir:/x")}, here)
          .error()
          .detail.starts_with("route 2"));
  CHECK(routing_table::make({rule({"a b"}, "mx")}, here).error().detail.starts_with("route 1"));
  CHECK(routing_table::make({}, domains({{"a.test", "mx"}}))
          .error()
          .detail.starts_with("domain a.test"));
}

TEST_CASE("routing: the text of fail may bring its own codes, but only those of failure",
          "[policy]") {
  const auto [text, said] = GENERATE(table<std::string, std::string>({
    {"Gone", "550 5.7.1 Gone"},
    {"551 5.1.6 Moved", "551 5.1.6 Moved"},
    {"250 2.0.0 Fine", "550 5.7.1 250 2.0.0 Fine"},
    {"5a1 5.1.6 Odd", "550 5.7.1 5a1 5.1.6 Odd"},
    {"551 4.1.6 Odd", "550 5.7.1 551 4.1.6 Odd"},
    {"Gone\r\n250 Fine", "550 5.7.1 Gone 250 Fine"},
  }));
  CHECK(to_string(fail_reply(*parse_via("fail:" + text))) == said);
}

TEST_CASE("routing: names of kinds and of TLS policies", "[policy]") {
  CHECK(to_string(next_hop_kind::lmtp_unix) == "lmtp:unix");
  CHECK(is_final(next_hop_kind::maildir));
  CHECK_FALSE(is_final(next_hop_kind::smtp_host));
  for (const auto* name : {"off", "may", "required", "dane", "verified"})
    CHECK(to_string(*parse_tls_policy(name)) == name);
  CHECK_FALSE(parse_tls_policy("maybe").ok());
}

TEST_CASE("routing: a wish about TLS leads another way only where it changes something", "[policy]") {
  const auto key = [&](const char* via, tls_wish wish, tls_policy tls = tls_policy::may,
                       const mailbox& from = {"ann", "a.test"}) {
    auto hop = *parse_via(via);
    hop_terms terms;
    terms.tls = tls;
    hop.terms = std::make_shared<const hop_terms>(terms);
    const auto heeded = heed_wish(hop, wish, from);
    CHECK((heeded.wish == wish) == (heeded.key != hop.key || wish == tls_wish::none));
    return heeded.key;
  };
  using enum tls_wish;
  CHECK(key("smtp:h.test:25", none) == "smtp:h.test:25");
  CHECK(key("smtp:h.test:25", required) == "smtp:h.test:25+requiretls");
  CHECK(key("smtp:h.test:25", required, tls_policy::off) == "smtp:h.test:25+requiretls");
  CHECK(key("smtp:h.test:25", required, tls_policy::may, {}) == "smtp:h.test:25");
  CHECK(key("smtp:h.test:25", optional) == "smtp:h.test:25+tls-optional");
  CHECK(key("smtp:h.test:25", optional, tls_policy::verified) == "smtp:h.test:25");
  CHECK(key("lmtp:h.test:24", required) == "lmtp:h.test:24+requiretls");
  CHECK(key("lmtp:127.0.0.1:24", required) == "lmtp:127.0.0.1:24");
  CHECK(key("lmtp:unix:/x", required) == "lmtp:unix:/x");
  CHECK(key("discard", required) == "discard");
}
