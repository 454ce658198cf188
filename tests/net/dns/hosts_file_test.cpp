#include "net/dns/hosts_file.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::dns;

TEST_CASE("hosts file: names of all lines, in any case, comments left out", "[dns]") {
  const auto table = parse_hosts_file("127.0.0.1 localhost # here\n"
                                      "::1\tlocalhost ip6-localhost\r\n"
                                      "\n# 192.0.2.1 no.test\n"
                                      "nonsense yes.test\n"
                                      "192.0.2.7 Relay.Test relay");
  CHECK(table.size() == 4);
  CHECK(table.at("localhost").size() == 2);
  CHECK(table.at("relay.test") == table.at("relay"));
  CHECK_FALSE(table.contains("no.test"));
  CHECK_FALSE(table.contains("yes.test"));
}

TEST_CASE("hosts file: names and addresses are bounded", "[dns]") {
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += "192.0.2.1 host" + std::to_string(i) + "\n";
  CHECK(parse_hosts_file(text).size() == host_table_names_max);
  text.clear();
  for (int i = 0; i < 100; ++i)
    text += "192.0.2." + std::to_string(i) + " many\n";
  CHECK(parse_hosts_file(text).at("many").size() == host_table_addresses_max);
}
