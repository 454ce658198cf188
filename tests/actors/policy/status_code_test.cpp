#include "actors/policy/status_code.hpp"

#include <catch2/catch.hpp>

using namespace troupe::policy;

TEST_CASE("status code: only a code of the right class and form is believed", "[policy]") {
  const auto [enhanced, first, status] = GENERATE(table<std::string, char, std::string>({
    {"5.1.1", '5', "5.1.1"},
    {"5.123.456", '5', "5.123.456"},
    {"4.1.1", '5', "5.0.0"},
    {"", '5', "5.0.0"},
    {"", '4', "4.0.0"},
    {"5.1", '5', "5.0.0"},
    {"5.1.", '5', "5.0.0"},
    {"5..1", '5', "5.0.0"},
    {"5.1.1.1", '5', "5.0.0"},
    {"5.1.1234", '5', "5.0.0"},
    {"5.1.1\r\nX: y", '5', "5.0.0"},
    {"2.0.0", '2', "2.0.0"},
  }));
  CHECK(status_code({550, enhanced, {"no"}}, first) == status);
}
