#include "net/io/resolver.hpp"
#include "tests/support/dns_responder.hpp"

#include <asio/steady_timer.hpp>
#include <catch2/catch.hpp>

#include <optional>

using namespace troupe;
using namespace std::chrono_literals;
using support::dns_responder;
using says = dns_responder::says;

namespace {

// Long for loopback, short for a test that hangs.
constexpr auto patience = 20s;

struct resolver_fixture {
  asio::io_context io;
  dns_responder server{io};
  io::resolver_options options;
  std::unique_ptr<io::resolver> ask;

  resolver_fixture() {
    options.servers = {server.address()};
    options.hosts_file.clear();
  }

  void start() {
    auto made = io::resolver::make(io, options);
    REQUIRE(made);
    ask = std::move(*made);
  }

  template <class Find>
  result<dns::mail_plan> wait_for(Find find) {
    std::optional<result<dns::mail_plan>> got;
    find([&](result<dns::mail_plan> plan) { got = std::move(plan); });
    CHECK_FALSE(got); // never from within the call
    const auto end = steady_now() + patience + 5s;
    while (!got && steady_now() < end)
      io.run_one_for(1s);
    REQUIRE(got);
    return *got;
  }

  result<dns::mail_plan> mail_hosts(const std::string& domain, milliseconds wait = patience) {
    if (!ask)
      start();
    return wait_for([&](auto done) { ask->find_mail_hosts(domain, steady_now() + wait, done); });
  }

  result<dns::mail_plan> host(const std::string& name) {
    if (!ask)
      start();
    return wait_for([&](auto done) { ask->find_host(name, steady_now() + patience, done); });
  }

  void script_host(const std::string& name, const std::string& address) {
    const bool v6 = address.find(':') != std::string::npos;
    server.script(name, v6 ? "AAAA" : "A", {says::records, {{v6 ? "AAAA" : "A", address}}});
    server.script(name, v6 ? "A" : "AAAA", {});
  }
};

std::string shown(const result<dns::mail_plan>& plan) {
  REQUIRE(plan);
  if (plan->refusal.code != 0)
    return std::to_string(plan->refusal.code) + " " + plan->refusal.enhanced;
  std::string out;
  for (const auto& host : plan->hosts) {
    out += (out.empty() ? "" : " ") + host.name;
    for (const auto& x : host.addresses)
      out += "=" + to_string(x);
  }
  return out;
}

} // namespace

TEST_CASE_METHOD(resolver_fixture, "resolver: MX, then the addresses of each host", "[io]") {
  server.script("example.test", "MX", {says::records, {{"MX", "20 b.test", 500}, {"MX", "10 a.test", 500}}});
  script_host("a.test", "192.0.2.1");
  script_host("b.test", "2001:db8::2");
  const auto plan = mail_hosts("Example.Test.");
  CHECK(shown(plan) == "a.test=192.0.2.1 b.test=2001:db8::2");
  CHECK(plan->domain == "example.test");
  CHECK(plan->site.starts_with("mx:a.test+1-"));
  CHECK(plan->valid_for <= 500s);
  CHECK(ask->searches() == 0);
}

TEST_CASE_METHOD(resolver_fixture, "resolver: what the MX answer means", "[io]") {
  SECTION("no MX: the domain's own address") {
    server.script("example.test", "MX", {});
    script_host("example.test", "192.0.2.1");
    CHECK(shown(mail_hosts("example.test")) == "example.test=192.0.2.1");
  }
  SECTION("null MX") {
    server.script("example.test", "MX", {says::records, {{"MX", "0 ."}}});
    CHECK(shown(mail_hosts("example.test")) == "556 5.1.10");
  }
  SECTION("NXDOMAIN") {
    CHECK(shown(mail_hosts("example.test")) == "550 5.1.2");
  }
  SECTION("SERVFAIL") {
    server.script("example.test", "MX", {says::server_failed});
    CHECK(shown(mail_hosts("example.test")) == "451 4.4.3");
  }
  SECTION("the domain is a CNAME") {
    server.script("example.test", "MX", {says::records, {{"CNAME", "real.test"}, {"MX", "10 a.test", 300, "real.test"}}});
    server.script("real.test", "MX", {says::records, {{"MX", "10 a.test"}}});
    script_host("a.test", "192.0.2.1");
    CHECK(shown(mail_hosts("example.test")) == "a.test=192.0.2.1");
  }
  SECTION("the MX host is a CNAME") {
    server.script("example.test", "MX", {says::records, {{"MX", "10 alias.test"}}});
    server.script("alias.test", "A", {says::records, {{"CNAME", "a.test"}, {"A", "192.0.2.1", 300, "a.test"}}});
    server.script("alias.test", "AAAA", {says::records, {{"CNAME", "a.test"}}});
    script_host("a.test", "192.0.2.1");
    CHECK(shown(mail_hosts("example.test")) == "alias.test=192.0.2.1");
  }
  SECTION("a dot inside a label makes no other name") {
    server.script("example.test", "MX", {says::records, {{"MX", "10 a b.test"}, {"MX", "20 a.test"}}});
    script_host("a.test", "192.0.2.1");
    CHECK(shown(mail_hosts("example.test")) == "a.test=192.0.2.1");
  }
  SECTION("the MX host does not exist") {
    server.script("example.test", "MX", {says::records, {{"MX", "10 gone.test"}}});
    CHECK(shown(mail_hosts("example.test")) == "550 5.4.4");
  }
  SECTION("one family fails, the other serves") {
    server.script("example.test", "MX", {says::records, {{"MX", "10 a.test"}}});
    script_host("a.test", "192.0.2.1");
    server.script("a.test", "AAAA", {says::server_failed});
    const auto plan = mail_hosts("example.test");
    CHECK(shown(plan) == "a.test=192.0.2.1");
    CHECK(plan->valid_for == options.route.valid_min);
  }
}

TEST_CASE_METHOD(resolver_fixture, "resolver: a cut answer is asked for again by TCP", "[io]") {
  std::vector<dns_responder::record> many;
  for (int i = 0; i < 60; ++i)
    many.push_back({"MX", std::to_string(i) + " host-with-a-long-name-" + std::to_string(i) + ".test"});
  server.script("example.test", "MX", {says::records, many, true});
  script_host("host-with-a-long-name-7.test", "192.0.2.7");
  CHECK(shown(mail_hosts("example.test")) == "host-with-a-long-name-7.test=192.0.2.7");
  CHECK(server.asked_by_tcp() > 0);
}

TEST_CASE_METHOD(resolver_fixture, "resolver: silence ends at the deadline, and only for who asked", "[io]") {
  server.script("silent.test", "MX", {says::nothing});
  const auto plan = mail_hosts("silent.test", 20ms);
  REQUIRE_FALSE(plan);
  CHECK(plan.error().code == errc::timed_out);
  CHECK(ask->searches() == 0);
  server.script("example.test", "MX", {says::records, {{"MX", "0 ."}}});
  CHECK(shown(mail_hosts("example.test")) == "556 5.1.10");
}

TEST_CASE_METHOD(resolver_fixture, "resolver: the address family says what is asked", "[io]") {
  options.route.family = dns::address_family::ipv4;
  server.script("example.test", "MX", {});
  script_host("example.test", "192.0.2.1");
  CHECK(shown(mail_hosts("example.test")) == "example.test=192.0.2.1");
  CHECK(server.asked("example.test", "AAAA") == 0);
}

TEST_CASE_METHOD(resolver_fixture, "resolver: literals and what is no name ask nobody", "[io]") {
  CHECK(shown(mail_hosts("[192.0.2.1]")) == "[192.0.2.1]=192.0.2.1");
  CHECK(shown(mail_hosts("[IPv6:2001:db8::1]")) == "[IPv6:2001:db8::1]=2001:db8::1");
  CHECK(shown(mail_hosts("[nonsense]")) == "550 5.1.2");
  CHECK(shown(mail_hosts("a..test")) == "550 5.1.2");
  CHECK(shown(host("127.0.0.1")) == "127.0.0.1=127.0.0.1");
  CHECK(shown(host("no name")) == "451 4.4.4");
}

TEST_CASE_METHOD(resolver_fixture, "resolver: a named next hop has no MX, and its failures pass", "[io]") {
  script_host("hop.test", "192.0.2.5");
  const auto plan = host("hop.test");
  CHECK(shown(plan) == "hop.test=192.0.2.5");
  CHECK(plan->site == "host:hop.test");
  CHECK(server.asked("hop.test", "MX") == 0);
  CHECK(shown(host("gone.test")) == "451 4.4.4");
}

TEST_CASE_METHOD(resolver_fixture, "resolver: a static zone is answered here, and nothing below its origin elsewhere", "[io]") {
  options.static_zone = *dns::parse_zone_file("$ORIGIN relay.test.\n"
                                              "@ MX 10 mx\n@ MX 20 alias\n"
                                              "mx A 127.0.0.2\nmx AAAA ::2\n"
                                              "alias CNAME mx\n"
                                              "null MX 0 .\n");
  server.script("sub.relay.test", "MX", {says::records, {{"MX", "10 a.test"}}});
  CHECK(shown(mail_hosts("relay.test")) == "mx.relay.test=::2=127.0.0.2 alias.relay.test=::2=127.0.0.2");
  CHECK(shown(mail_hosts("null.relay.test")) == "556 5.1.10");
  CHECK(shown(mail_hosts("sub.relay.test")) == "550 5.1.2");
  CHECK(server.asked("relay.test", "MX") == 0);
  CHECK(server.asked("sub.relay.test", "MX") == 0);
  server.script("other.test", "MX", {says::records, {{"MX", "0 ."}}});
  CHECK(shown(mail_hosts("other.test")) == "556 5.1.10");
}

TEST_CASE_METHOD(resolver_fixture, "resolver: searches are bounded", "[io]") {
  options.searches_max = 2;
  server.script("silent.test", "MX", {says::nothing});
  start();
  int refused = 0;
  int timed_out = 0;
  for (int i = 0; i < 5; ++i)
    ask->find_mail_hosts("silent.test", steady_now() + 30ms, [&](const auto& plan) {
      refused += !plan && plan.error().code == errc::mailbox_full;
      timed_out += !plan && plan.error().code == errc::timed_out;
    });
  CHECK(ask->searches() == 2);
  const auto end = steady_now() + patience;
  while (refused + timed_out < 5 && steady_now() < end)
    io.run_one_for(1s);
  CHECK(refused == 3);
  CHECK(timed_out == 2);
}

TEST_CASE_METHOD(resolver_fixture, "resolver: after its end nobody is called", "[io]") {
  server.script("silent.test", "MX", {says::nothing});
  server.script("example.test", "MX", {says::records, {{"MX", "0 ."}}});
  start();
  int called = 0;
  const auto count = [&](const auto&) { ++called; };
  const bool answered = GENERATE(false, true);
  ask->find_mail_hosts("silent.test", steady_now() + 10ms, count);
  ask->find_mail_hosts("[192.0.2.1]", steady_now() + patience, count);
  ask->find_mail_hosts("example.test", steady_now() + patience, count);
  bool seen = false;
  server.on_question = [&] { seen = true; };
  while (answered && !seen)
    io.run_one_for(1s);
  const int before = called;
  ask.reset();
  io.run_for(50ms);
  CHECK(called == before);
}

TEST_CASE_METHOD(resolver_fixture, "resolver: a handler may end the resolver", "[io]") {
  server.script("example.test", "MX", {says::records, {{"MX", "0 ."}}});
  start();
  bool called = false;
  ask->find_mail_hosts("example.test", steady_now() + patience, [&](const auto&) {
    called = true;
    ask.reset();
  });
  const auto end = steady_now() + patience;
  while (!called && steady_now() < end)
    io.run_one_for(1s);
  CHECK(called);
  CHECK_FALSE(ask);
}

TEST_CASE_METHOD(resolver_fixture, "resolver: a thousand domains at once all come back", "[io]") {
  options.searches_max = 1000;
  start();
  int answered = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto name = "d" + std::to_string(i) + ".test";
    server.script(name, "MX", {says::records, {{"MX", "10 m" + name}}});
    script_host("m" + name, "192.0.2.1");
    ask->find_mail_hosts(name, steady_now() + patience, [&](const auto& plan) {
      answered += plan && plan->has_hosts();
    });
  }
  const auto end = steady_now() + patience;
  while (answered < 1000 && steady_now() < end)
    io.run_one_for(1s);
  CHECK(answered == 1000);
}

TEST_CASE("resolver: servers are addresses", "[io]") {
  const auto [text, good] = GENERATE(table<std::string, bool>({
    {"127.0.0.1", true}, {"127.0.0.1:5353", true}, {"[::1]:5353", true}, {"::1", true}, {"[::1]", true},
    {"", false}, {"dns.test", false}, {"127.0.0.1:", false}, {"127.0.0.1:0", false},
    {"127.0.0.1:65536", false}, {"[::1", false}, {"[::1]5353", false}, {"127.0.0.1:53x", false},
  }));
  CAPTURE(text);
  io::resolver_options options;
  options.servers = {text};
  CHECK(check(options).ok() == good);
}
