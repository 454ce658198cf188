#include "actors/policy/mta_sts.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

sts_policy listing(texts mx) { return {sts_mode::enforce, 1h, std::move(mx)}; }

} // namespace

TEST_CASE("mta-sts: the id of the one record", "[policy]") {
  CHECK(read_sts_id(texts{"v=STSv1; id=20160831085700Z;"}) == "20160831085700Z");
  CHECK(read_sts_id(texts{"v=STSv1;id=1"}) == "1");
  CHECK(read_sts_id(texts{"v=spf1 -all", "v=STSv1; future=x y; id=7;", "other"}) == "7");
  CHECK_FALSE(read_sts_id(texts{}));
  CHECK_FALSE(read_sts_id(texts{"v=STSv1; id=1;", "v=STSv1; id=2;"}));
  CHECK_FALSE(read_sts_id(texts{"v=STSv2; id=1;"}));
  CHECK_FALSE(read_sts_id(texts{"id=1; v=STSv1;"}));
  CHECK_FALSE(read_sts_id(texts{"v=STSv1;"}));
  CHECK_FALSE(read_sts_id(texts{"v=STSv1; id=;"}));
  CHECK_FALSE(read_sts_id(texts{"v=STSv1; id=a-b;"}));
  CHECK_FALSE(read_sts_id(texts{"v=STSv1; id=" + std::string(33, '1') + ";"}));
}

TEST_CASE("mta-sts: the policy of RFC 8461", "[policy]") {
  const auto made = parse_sts_policy("version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\n"
                                     "mx: *.Example.NET\r\nmx: backupmx.example.com\r\nmax_age: 604800\r\n");
  REQUIRE(made);
  CHECK(made->mode == sts_mode::enforce);
  CHECK(made->max_age == 604800s);
  CHECK(made->mx == texts{"mail.example.com", "*.example.net", "backupmx.example.com"});
}

TEST_CASE("mta-sts: lines end in LF too, unknown keys pass, a mode of none needs no host", "[policy]") {
  const auto made = parse_sts_policy("version:STSv1\nfuture: a:b\nmode:none\n\nmax_age:99999999");
  REQUIRE(made);
  CHECK(made->mode == sts_mode::none);
  CHECK(made->max_age == sts_max_age_max);
}

TEST_CASE("mta-sts: what is no policy", "[policy]") {
  const auto [text, field] = GENERATE(table<std::string, std::string>({
    {"", "version"},
    {"mode: enforce\nmx: a.test\nmax_age: 1\n", "version"},
    {"version: STSv2\nmode: enforce\nmx: a.test\nmax_age: 1\n", "version"},
    {"version: STSv1\nmx: a.test\nmax_age: 1\n", "mode"},
    {"version: STSv1\nmode: sometimes\nmx: a.test\nmax_age: 1\n", "mode"},
    {"version: STSv1\nmode: enforce\nmx: a.test\n", "max_age"},
    {"version: STSv1\nmode: enforce\nmx: a.test\nmax_age: -1\n", "max_age"},
    {"version: STSv1\nmode: enforce\nmx: a.test\nmax_age: 99999999999\n", "max_age"},
    {"version: STSv1\nmode: enforce\nmax_age: 1\n", "mx"},
    {"version: STSv1\nmode: enforce\nmx: a.*.test\nmax_age: 1\n", "mx"},
    {"version: STSv1\nmode: enforce\nmx: *\nmax_age: 1\n", "mx"},
    {"<html>404</html>", "a line without a colon"},
  }));
  CAPTURE(text);
  const auto made = parse_sts_policy(text);
  REQUIRE_FALSE(made);
  CHECK(made.error().detail == field);
}

TEST_CASE("mta-sts: a policy has bounds", "[policy]") {
  std::string many = "version: STSv1\nmode: enforce\nmax_age: 1\n";
  for (std::size_t i = 0; i < sts_mx_max; ++i)
    many += "mx: a.test\n";
  CHECK(parse_sts_policy(many));
  CHECK(parse_sts_policy(many + "mx: b.test\n").error().code == errc::limit_exceeded);
  CHECK(parse_sts_policy(std::string(sts_policy_bytes_max + 1, '\n')).error().code
        == errc::limit_exceeded);
}

TEST_CASE("mta-sts: a wildcard stands for one label", "[policy]") {
  const auto policy = listing({"mx.example.org", "*.example.net"});
  CHECK(lists_host(policy, "mx.example.org"));
  CHECK(lists_host(policy, "a.example.net"));
  CHECK_FALSE(lists_host(policy, "example.net"));
  CHECK_FALSE(lists_host(policy, "a.b.example.net"));
  CHECK_FALSE(lists_host(policy, "evil-example.net"));
  CHECK_FALSE(lists_host(policy, ".example.net"));
  CHECK_FALSE(lists_host(policy, "example.org"));
  CHECK_FALSE(lists_host(policy, ""));
}
