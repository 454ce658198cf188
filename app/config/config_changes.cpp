#include "app/config/config_changes.hpp"

#include "app/config/schema.hpp"
#include "app/config/value_text.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace troupe::app {

namespace {

// What is bound, opened or counted once, when the node starts. A name with a
// final dot means all keys below it.
constexpr std::array<std::string_view, 10> fixed_keys{
  "node.user", "node.name", "node.hostname", "node.data_dir", "node.shards",
  "listener",  "admin.socket",  "admin.http",    "admin.token",
  "metrics.http"};
constexpr std::array<std::string_view, 4> fixed_tables{"cluster.", "pool.", "supervisor.", "dns."};

bool needs_restart(std::string_view key) {
  return std::find(fixed_keys.begin(), fixed_keys.end(), key) != fixed_keys.end()
         || std::any_of(fixed_tables.begin(), fixed_tables.end(),
                        [key](auto table) { return key.starts_with(table); });
}

/// A configuration as pairs of key and text; a list of tables is one pair.
class flattener {
public:
  explicit flattener(std::string path = {}) : path_(std::move(path)) {}

  template <class Value, class Rule>
  void key(std::string_view key, Value& value, const Rule& rule) {
    pairs_.emplace_back(path_ + std::string(key), print(value, rule));
  }

  template <class Struct>
  void table(std::string_view key, Struct& value) {
    flattener within(path_ + std::string(key) + ".");
    describe(within, value);
    std::move(within.pairs_.begin(), within.pairs_.end(), std::back_inserter(pairs_));
  }

  template <class Struct>
  void optional_table(std::string_view key, std::optional<Struct>& value) {
    auto there = value.value_or(Struct{});
    table(key, there);
    pairs_.emplace_back(path_ + std::string(key) + ".", value ? "there" : "");
  }

  template <class Struct>
  void table_list(std::string_view key, std::vector<Struct>& values) {
    std::string all;
    for (auto& each : values) {
      flattener within;
      describe(within, each);
      all += "[]";
      for (const auto& [name, text] : within.pairs_)
        all.append(name).append("=").append(text).append("\n");
    }
    pairs_.emplace_back(path_ + std::string(key), std::move(all));
  }

  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }

private:
  std::string path_;
  std::vector<std::pair<std::string, std::string>> pairs_;
};

} // namespace

config_changes compare_configs(const config& now, const config& next) {
  auto was = now;
  auto will_be = next;
  flattener before, after;
  describe(before, was);
  describe(after, will_be);
  config_changes changes;
  for (std::size_t i = 0; i < before.pairs().size(); ++i) {
    auto key = before.pairs()[i].first;
    if (before.pairs()[i].second == after.pairs()[i].second)
      continue;
    auto& list = needs_restart(key) ? changes.need_restart : changes.at_once;
    if (key.ends_with('.'))
      key.pop_back();
    list.push_back(std::move(key));
  }
  return changes;
}

} // namespace troupe::app
