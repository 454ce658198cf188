#include "net/dns/mail_route.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace troupe;
using namespace troupe::dns;
using namespace std::chrono_literals;

namespace {

ip_address ip(std::string_view text) {
  return *parse_ip_address(text);
}

mx_answer mx(std::vector<mx_record> records, seconds ttl = 300s) {
  return {answer_kind::records, std::move(records), ttl};
}

address_answer at(std::vector<std::string> texts, seconds ttl = 300s) {
  address_answer out{texts.empty() ? answer_kind::no_data : answer_kind::records, {}, ttl};
  for (const auto& x : texts)
    out.addresses.push_back(ip(x));
  return out;
}

std::vector<std::string> names(const host_choice& choice) {
  std::vector<std::string> out;
  for (const auto& x : choice.hosts)
    out.push_back(x.host);
  return out;
}

std::vector<std::string> names(const mail_plan& plan) {
  std::vector<std::string> out;
  for (const auto& x : plan.hosts)
    out.push_back(x.name);
  return out;
}

std::string code(const reply& x) {
  return x.code == 0 ? "" : std::to_string(x.code) + " " + x.enhanced;
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("mail route: the MX answer decides who is asked about", "[dns]") {
  struct row {
    const char* what;
    mx_answer answer;
    texts hosts;
    std::string refusal;
  };
  const auto x = GENERATE(values<row>({
    {"by preference", mx({{20, "b.test"}, {10, "c.test"}, {10, "a.test"}}), {"a.test", "c.test", "b.test"}, ""},
    {"case and final dot mean nothing", mx({{10, "MX.Test."}}), {"mx.test"}, ""},
    {"twice named counts once, where it is preferred", mx({{20, "a.test"}, {10, "A.test"}, {15, "b.test"}}), {"a.test", "b.test"}, ""},
    {"no MX: the domain itself (RFC 5321 5.1)", {answer_kind::no_data, {}, 60s}, {"example.test"}, ""},
    {"null MX (RFC 7505)", mx({{0, ""}}), {}, "556 5.1.10"},
    {"null MX beside others is none", mx({{0, ""}, {10, "a.test"}}), {"a.test"}, ""},
    {"no such domain", {answer_kind::no_domain, {}, 60s}, {}, "550 5.1.2"},
    {"SERVFAIL", {answer_kind::server_failed, {}, 0s}, {}, "451 4.4.3"},
    {"timeout", {answer_kind::timed_out, {}, 0s}, {}, "451 4.4.3"},
    {"bogus", {answer_kind::bogus, {}, 0s}, {}, "451 4.4.3"},
    {"an address is no host", mx({{10, "192.0.2.1"}, {20, "a.test"}}), {"a.test"}, ""},
    {"only an address", mx({{10, "192.0.2.1"}}), {}, "550 5.4.4"},
    {"bytes that no host has", mx({{10, "a?b.test"}, {10, "x y.test"}, {10, "-"}}), {"-"}, ""},
    {"we are not in it", mx({{10, "a.test"}, {20, "b.test"}}), {"a.test", "b.test"}, ""},
    {"we drop, and all that is not more preferred", mx({{10, "a.test"}, {20, "OUR.test"}, {20, "b.test"}, {30, "c.test"}}), {"a.test"}, ""},
    {"we are the best", mx({{10, "our.test"}, {20, "b.test"}}), {}, "554 5.4.6"},
  }));
  CAPTURE(x.what);
  route_options options;
  options.own_names = {"our.test"};
  const auto choice = choose_hosts("example.test", x.answer, options);
  CHECK(names(choice) == x.hosts);
  CHECK(code(choice.refusal) == x.refusal);
}

TEST_CASE("mail route: a domain that only has our own address loops", "[dns]") {
  route_options options;
  options.own_names = {"our.test"};
  CHECK(code(choose_hosts("our.test", {answer_kind::no_data, {}, 60s}, options).refusal) == "554 5.4.6");
}

TEST_CASE("mail route: what is no domain name has no host", "[dns]") {
  const auto name = GENERATE(as<std::string>{}, "", ".", "a..b", ".a", "b\xc3\xbc.test", "a b.test",
                             "a\\.b", "192.0.2.1", "a.1", "a.test\n", "a.test\t");
  CHECK_FALSE(is_host_name(name));
  CHECK(code(choose_hosts(name, mx({{10, "a.test"}}), {}).refusal) == "550 5.1.2");
}

TEST_CASE("mail route: a name may have 253 bytes and labels of 63", "[dns]") {
  const std::string label(63, 'a');
  const auto longest = label + '.' + label + '.' + label + '.' + std::string(61, 'a');
  CHECK(longest.size() == 253);
  CHECK_FALSE(is_host_name(std::string(64, 'a')));
  CHECK_FALSE(is_host_name(std::string{"a\0b", 3}));
  CHECK(is_host_name(longest));
  CHECK_FALSE(is_host_name(longest + 'a'));
}

TEST_CASE("mail route: more than the most MX hosts are cut, the least preferred first", "[dns]") {
  std::vector<mx_record> many;
  for (std::uint16_t i = 0; i < 1000; ++i)
    many.push_back({static_cast<std::uint16_t>(1000 - i), "h" + std::to_string(i) + ".test"});
  const auto choice = choose_hosts("example.test", mx(many), {});
  CHECK(choice.hosts.size() == mail_hosts_max);
  CHECK(choice.hosts.front().host == "h999.test");
}

TEST_CASE("mail route: addresses make the plan", "[dns]") {
  const auto choice = choose_hosts("example.test", mx({{10, "a.test"}, {20, "b.test"}}), {});
  const auto none = at({});
  const address_answer failed{answer_kind::server_failed, {}, 0s};
  struct row {
    const char* what;
    address_answer a, b;
    texts hosts;
    std::string refusal;
    seconds valid;
  };
  const auto x = GENERATE_COPY(values<row>({
    {"both", at({"192.0.2.1"}, 200s), at({"192.0.2.2"}, 100s), {"a.test", "b.test"}, "", 100s},
    {"one has none", none, at({"192.0.2.2"}), {"b.test"}, "", 300s},
    {"one failed: the other serves, for a short time", failed, at({"192.0.2.2"}), {"b.test"}, "", 60s},
    {"none has any", none, none, {}, "550 5.4.4", 300s},
    {"none has any, but one may have: wait", none, failed, {}, "451 4.4.3", 60s},
  }));
  CAPTURE(x.what);
  const auto plan = make_plan("example.test", choice, {x.a, x.b}, {});
  CHECK(names(plan) == x.hosts);
  CHECK(code(plan.refusal) == x.refusal);
  CHECK(plan.valid_for == x.valid);
  CHECK(plan.has_hosts() == (plan.refusal.code == 0));
}

TEST_CASE("mail route: a domain without MX and without address is given up", "[dns]") {
  const auto choice = choose_hosts("example.test", {answer_kind::no_data, {}, 60s}, {});
  const auto plan = make_plan("example.test", choice, {at({})}, {});
  CHECK(code(plan.refusal) == "550 5.1.2");
  CHECK(plan.implicit_mx);
}

TEST_CASE("mail route: our own address in the MX set drops it and what follows", "[dns]") {
  route_options options;
  options.own_addresses = {ip("192.0.2.9")};
  const auto choice = choose_hosts("example.test", mx({{10, "a.test"}, {20, "alias.test"}, {30, "c.test"}}), options);
  const auto plan = make_plan("example.test", choice,
                              {at({"192.0.2.1"}), at({"192.0.2.9"}), at({"192.0.2.3"})}, options);
  CHECK(names(plan) == texts{"a.test"});
  const auto loop = make_plan("example.test", choice,
                              {at({"192.0.2.9"}), at({"192.0.2.2"}), at({"192.0.2.3"})}, options);
  CHECK(code(loop.refusal) == "554 5.4.6");
}

TEST_CASE("mail route: the time that a plan holds is clamped", "[dns]") {
  const auto [ttl, valid] = GENERATE(table<seconds, seconds>({{0s, 60s}, {61s, 61s}, {1000000s, 86400s}}));
  const auto choice = choose_hosts("example.test", mx({{10, "a.test"}}, ttl), {});
  CHECK(make_plan("example.test", choice, {at({"192.0.2.1"}, 2000000s)}, {}).valid_for == valid);
}

TEST_CASE("mail route: families take turns, IPv6 first, and the most are ten", "[dns]") {
  const auto choice = choose_hosts("example.test", mx({{10, "a.test"}}), {});
  address_answer many;
  many.kind = answer_kind::records;
  many.ttl = 300s;
  for (int i = 1; i <= 50; ++i) {
    many.addresses.push_back(ip("192.0.2." + std::to_string(i)));
    many.addresses.push_back(ip("2001:db8::" + std::to_string(i)));
    many.addresses.push_back(ip("192.0.2." + std::to_string(i)));
  }
  route_options options;
  SECTION("any") {
    const auto plan = make_plan("example.test", choice, {many}, options);
    REQUIRE(plan.hosts.front().addresses.size() == host_addresses_max);
    for (std::size_t i = 0; i < host_addresses_max; ++i)
      CHECK((plan.hosts.front().addresses[i].family == ip_family::ipv6) == (i % 2 == 0));
  }
  SECTION("one family only") {
    options.family = GENERATE(address_family::ipv4, address_family::ipv6);
    const auto plan = make_plan("example.test", choice, {many}, options);
    CHECK(plan.hosts.front().addresses.size() == host_addresses_max);
    for (const auto& x : plan.hosts.front().addresses)
      CHECK(allows(options.family, x));
  }
  SECTION("only the other family") {
    options.family = address_family::ipv6;
    CHECK(code(make_plan("example.test", choice, {at({"192.0.2.1"})}, options).refusal) == "550 5.4.4");
  }
}

TEST_CASE("mail route: A and AAAA make one answer", "[dns]") {
  const auto some4 = at({"192.0.2.1"}, 100s);
  const auto some6 = at({"2001:db8::1"}, 50s);
  const address_answer none{answer_kind::no_data, {}, 30s};
  const address_answer nobody{answer_kind::no_domain, {}, 30s};
  const address_answer failed{answer_kind::server_failed, {}, 0s};
  CHECK(join(some4, some6).addresses.size() == 2);
  CHECK(join(some4, some6).ttl == 50s);
  CHECK(join(some4, none).kind == answer_kind::records);
  CHECK(join(failed, some6).kind == answer_kind::records);
  CHECK(join(failed, some6).ttl == 0s);
  CHECK(join(none, failed).kind == answer_kind::server_failed);
  CHECK(join(nobody, nobody).kind == answer_kind::no_domain);
  CHECK(join(none, none).kind == answer_kind::no_data);
}

TEST_CASE("mail route: domains with the same hosts in the same order share a site", "[dns]") {
  const auto site = [](std::vector<mx_record> records) {
    return site_of(choose_hosts("example.test", mx(std::move(records)), {}).hosts);
  };
  CHECK(site({{10, "mx.test"}}) == "mx:mx.test");
  CHECK(site({{10, "mx.test"}}) == site({{99, "MX.test"}}));
  const auto two = site({{10, "a.test"}, {20, "b.test"}});
  CHECK(two.starts_with("mx:a.test+1-"));
  CHECK(two.size() == std::string{"mx:a.test+1-"}.size() + 20);
  CHECK(two == site({{7, "b.test"}, {5, "a.test"}}));
  CHECK(two != site({{10, "a.test"}, {10, "b.test"}}));
  CHECK(two != site({{10, "a.test"}, {20, "c.test"}}));
}

TEST_CASE("mail route: a host that a rule names never makes mail bounce", "[dns]") {
  const auto kind = GENERATE(answer_kind::no_data, answer_kind::no_domain, answer_kind::server_failed,
                             answer_kind::timed_out, answer_kind::bogus);
  CHECK(plan_for_host("hop.test", address_answer{kind, {}, 0s}, {}).refusal.is_transient());
  const auto plan = plan_for_host("Hop.Test", at({"127.0.0.1"}), {});
  CHECK(plan.site == "host:hop.test");
  CHECK(names(plan) == texts{"hop.test"});
}

TEST_CASE("mail route: an address literal is its own plan", "[dns]") {
  const auto plan = plan_for_address(*parse_ip_literal("[IPv6:2001:db8::1]"), {});
  CHECK(plan.site == "host:2001:db8::1");
  CHECK(plan.hosts.at(0).addresses == std::vector{ip("2001:db8::1")});
  route_options options;
  options.family = address_family::ipv4;
  CHECK(code(plan_for_address(ip("2001:db8::1"), options).refusal) == "550 5.4.4");
  options.own_addresses = {ip("192.0.2.9")};
  CHECK(code(plan_for_address(ip("192.0.2.9"), options).refusal) == "554 5.4.6");
}
