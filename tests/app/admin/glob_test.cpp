#include "app/admin/glob.hpp"

#include <catch2/catch.hpp>

#include <string>

using troupe::app::matches_glob;

TEST_CASE("glob: stars, question marks and plain text", "[admin]") {
  const auto [pattern, text, matches] = GENERATE(table<const char*, const char*, bool>({
    {"*", "", true},
    {"", "", true},
    {"", "a", false},
    {"*@example.org", "bob@Example.ORG", true},
    {"*@example.org", "bob@sub.example.org", false},
    {"*@*example.org", "bob@sub.example.org", true},
    {"r?@*", "r1@hold.test", true},
    {"r?@*", "r@hold.test", false},
    {"r1@*", "r11@hold.test", false},
    {"*a*b*", "xxaxxbxx", true},
    {"*a*b*", "xxbxxaxx", false},
    {"a*a", "a", false},
    {"a**", "a", true},
    {"[a]", "a", false}, // no classes: an address literal is written as it is
    {"*@[127.0.0.1]", "a@[127.0.0.1]", true},
  }));
  CAPTURE(pattern, text);
  CHECK(matches_glob(pattern, text) == matches);
}

TEST_CASE("glob: a hostile pattern costs no more than its length allows", "[admin]") {
  std::string pattern;
  for (int i = 0; i < 500; ++i)
    pattern += "*a";
  pattern += "b";
  CHECK_FALSE(
    matches_glob(pattern, std::string(2000, 'a'))); // would never end with naive recursion
}
