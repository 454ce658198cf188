#include "actors/policy/domain_pattern.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using policy::domain_pattern_index;

TEST_CASE("domain patterns: exact, below and any, the lowest number wins", "[policy]") {
  domain_pattern_index index;
  REQUIRE(index.add("*", 9).ok());
  REQUIRE(index.add("Relay.Test", 3).ok());
  REQUIRE(index.add("*.relay.test", 4).ok());
  REQUIRE(index.add("*.test", 5).ok());
  REQUIRE(index.add("a.relay.test", 7).ok());
  REQUIRE(index.add("[192.0.2.1]", 2).ok());
  const auto [key, number] = GENERATE(table<std::string, std::uint32_t>({
    {"relay.test", 3},
    {"a.relay.test", 4},
    {"x.y.relay.test", 4},
    {"xrelay.test", 5},
    {"test", 9},
    {"example.org", 9},
    {"[192.0.2.1]", 2},
    {"[192.0.2.2]", 9},
    {"", 9},
  }));
  CAPTURE(key);
  CHECK(index.find_key(key) == number);
}

TEST_CASE("domain patterns: without any match there is no number", "[policy]") {
  domain_pattern_index index;
  CHECK_FALSE(index.find_key("relay.test").has_value());
  REQUIRE(index.add("*.relay.test", 1).ok());
  CHECK_FALSE(index.find_key("relay.test").has_value());
  CHECK_FALSE(index.find_key("relay.test.evil").has_value());
}

TEST_CASE("domain patterns: what is none is refused", "[policy]") {
  const auto text = GENERATE(as<std::string>{}, "", "*.", "*.*", "a.*", "**", "*test", ".test",
                             "a b", "a@b", "*.[192.0.2.1]");
  CAPTURE(text);
  domain_pattern_index index;
  CHECK_FALSE(index.add(text, 1).ok());
}
