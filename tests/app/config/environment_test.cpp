#include "app/config/environment.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::app;

namespace {

std::optional<std::string> look_up(const std::string& name) {
  if (name == "A")
    return "alpha";
  if (name == "TRICK")
    return "${A}$${";
  if (name == "BIG")
    return std::string(1000, 'x');
  return std::nullopt;
}

} // namespace

TEST_CASE("variables are replaced once, other dollars stay", "[config]") {
  const auto [text, expanded] = GENERATE(table<std::string, std::string>({
    {"", ""},
    {"plain", "plain"},
    {"${A}", "alpha"},
    {"x${A}y${A}z", "xalphayalphaz"},
    {"$A $ $$ 5$", "$A $ $$ 5$"},
    {"$${A}", "${A}"},
    {"$$${A}", "$${A}"},
    {"${TRICK}", "${A}$${"},
  }));
  CAPTURE(text);
  const auto got = expand_environment(text, look_up);
  REQUIRE(got);
  CHECK(*got == expanded);
}

TEST_CASE("a variable that is not set, or is none, is an error", "[config]") {
  CHECK(expand_environment("${NOPE}", look_up).error().code == errc::not_found);
  CHECK(expand_environment("${A}", nullptr).error().code == errc::not_found);
  const auto* text = GENERATE("${", "${A", "${}", "${A B}", "${1}", "${A${A}}");
  CAPTURE(text);
  CHECK(expand_environment(text, look_up).error().code == errc::malformed);
}

TEST_CASE("expansion is bounded", "[config]") {
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += "${BIG}";
  CHECK(expand_environment(text, look_up).error().code == errc::limit_exceeded);
}
