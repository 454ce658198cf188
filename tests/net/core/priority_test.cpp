#include "net/core/priority.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <tuple>

using namespace troupe;

TEST_CASE("priority: every level of RFC 6710 has one of four classes, in order", "[core]") {
  const auto [level, expected, name]
    = GENERATE(table<int, priority_class, std::string>({{-9, priority_class::low, "low"},
                                                        {-1, priority_class::low, "low"},
                                                        {0, priority_class::normal, "normal"},
                                                        {1, priority_class::normal, "normal"},
                                                        {2, priority_class::high, "high"},
                                                        {3, priority_class::high, "high"},
                                                        {4, priority_class::urgent, "urgent"},
                                                        {9, priority_class::urgent, "urgent"}}));
  CAPTURE(level);
  CHECK(class_of(level) == expected);
  CHECK(to_string(class_of(level)) == name);
  CHECK((level == 9 || class_of(level) <= class_of(level + 1)));
}

TEST_CASE("priority: the level that stands for a class is in it", "[core]") {
  const auto which = GENERATE(priority_class::low, priority_class::normal, priority_class::high,
                              priority_class::urgent);
  CHECK(class_of(level_of(which)) == which);
}
