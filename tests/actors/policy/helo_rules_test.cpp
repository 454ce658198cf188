#include "actors/policy/helo_rules.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;

TEST_CASE("helo rules: each refuses what it names and nothing else", "[policy]") {
  const auto [name, verdict] = GENERATE(table<std::string, helo_verdict>({
    {"client.example.net", helo_verdict::fine},
    {"[192.0.2.7]", helo_verdict::fine},
    {"[IPv6:2001:db8::7]", helo_verdict::fine},
    {"MX.example.ORG", helo_verdict::own_name},
    {"[192.0.2.1]", helo_verdict::own_name},
    {"192.0.2.7", helo_verdict::bare_ip},
    {"localhost", helo_verdict::no_domain},
    {"my_pc.example.net", helo_verdict::no_domain},
    {"-a.example.net", helo_verdict::no_domain},
    {"a..b", helo_verdict::no_domain},
  }));
  CAPTURE(name);
  const helo_rules all{true, true, true, "mx.example.org", {*parse_ip_address("192.0.2.1")}};
  CHECK(check_helo(all, name) == verdict);
  CHECK(check_helo({false, false, false, "mx.example.org", all.own_addresses}, name) == helo_verdict::fine);
}
