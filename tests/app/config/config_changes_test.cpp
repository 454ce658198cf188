#include "app/config/config_changes.hpp"
#include "tests/app/config/parsing.hpp"

#include <catch2/catch.hpp>

using namespace troupe::app;

namespace {

config_changes changes(std::string_view now, std::string_view next) {
  return compare_configs(parse(now, feature_set::as_planned).value, parse(next, feature_set::as_planned).value);
}

} // namespace

TEST_CASE("the same configuration, however it is spelt, is no change", "[config]") {
  const auto found = changes("[limits]\nidle = '5m'", "[limits]\nidle = '300s'\n[log]\nlevel = 'info'");
  CHECK(found.at_once == lines{});
  CHECK(found.need_restart == lines{});
}

TEST_CASE("what a reload can't change is named apart from what it can", "[config]") {
  const auto found = changes("", R"(
[node]
shards = 2
drain = "1s"
[[listener]]
address = "127.0.0.1:26"
[limits]
recipients = 100
[[domain]]
name = "a.test"
[dns]
servers = ["127.0.0.1:53"]
[log]
level = "debug"
)");
  CHECK(found.at_once == lines{"node.drain", "limits.recipients", "domain", "log.level"});
  CHECK(found.need_restart == lines{"node.shards", "listener", "dns.servers"});
}

TEST_CASE("a new data directory moves all that lies within", "[config]") {
  const auto found = changes("", "[node]\ndata_dir = '/d'");
  CHECK(found.need_restart == lines{"node.data_dir", "listener", "admin.socket"});
  CHECK(found.at_once == lines{"domain"});
}

TEST_CASE("joining a cluster needs a restart", "[config]") {
  const auto found = changes("", "[cluster]\nlisten='10.0.0.1:1'\nnames=['*']\ncertificate='c'\nkey='k'\nca='a'");
  CHECK(found.at_once == lines{});
  CHECK(found.need_restart.back() == "cluster");
}
