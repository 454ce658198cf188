#include "tests/app/config/parsing.hpp"

#include <catch2/catch.hpp>

using namespace troupe::app;

TEST_CASE("what this version can't do is refused, not ignored", "[config]") {
  const auto [text, error] = GENERATE(table<std::string, std::string>({
    {"[pool.filter]\nmin=2", R"(t.toml:2:5: pool.filter.min: 2 is not available in this version)"},
    {"[cluster]\nlisten='10.0.0.1:4920'\nnames=['*']\ncertificate='c'\nkey='k'\nca='a'",
     "t.toml:1:1: cluster: is not available in this version"},
  }));
  CAPTURE(text);
  CHECK(errors_of(text) == lines{error});
  CHECK(errors_of(text, feature_set::as_planned) == lines{});
}

TEST_CASE("the default of what is not available may be written down", "[config]") {
  CHECK(errors_of(R"(
milter = []
dkim = []
[[listener]]
address = "0.0.0.0:25"
tls = "off"
auth = "off"
xclient_from = []
[[listener]]
address = "0.0.0.0:587"
kind = "submission"
auth = "off"
[[route]]
match = ["relay.test"]
tls = "may"
[[route]]
tls = "off"
[breaker]
window = "1m"
[pool.storage]
buffer = 50
[admin]
http = ""
)") == lines{});
}
