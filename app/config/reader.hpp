// Walks the schema beside a TOML document: fills the fields, and says what is
// unknown, missing, wrong, or not available yet, with its place.

#pragma once

#include "app/config/availability.hpp"
#include "app/config/schema.hpp"
#include "app/config/value_text.hpp"
#include "app/config/values.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::app {

/// Collects errors and remembers where each key stood.
class error_list {
public:
  explicit error_list(std::string file) : file_(std::move(file)) {}

  void add(const toml::source_position& at, std::string key, std::string what);
  /// At the place of the key, or of the nearest table around it that is there.
  void add(const std::string& key, std::string what);
  void remember(std::string key, const toml::source_position& at) { places_[std::move(key)] = at; }

  /// Sorted by place; beyond config_errors_max there is a last one that counts.
  [[nodiscard]] std::vector<config_error> take();
  [[nodiscard]] std::size_t size() const noexcept { return errors_.size() + left_out_; }

private:
  std::string file_;
  std::vector<config_error> errors_;
  std::size_t left_out_ = 0;
  std::map<std::string, toml::source_position> places_;
};

/// Reads one table of the document, and by itself those within.
class table_reader final : private complaints {
public:
  /// @param path with indices ("listener[1]."), for people
  /// @param name without ("listener."), for the list of what is available
  table_reader(const toml::table& from, std::string path, std::string name, value_reader& values,
               error_list& errors)
    : from_(from), path_(std::move(path)), name_(std::move(name)), values_(values), errors_(errors) {}

  template <class Value, class Rule>
  void key(std::string_view key, Value& to, const Rule& rule) {
    const auto* const node = find(key);
    if (node == nullptr) {
      if (presence_of(rule) == presence::required)
        errors_.add(path_ + std::string(key), "is missing");
      return;
    }
    const auto before = errors_.size();
    const Value standard = to;
    current_ = key;
    value_reader values{values_.around, *this, values_.data_dir};
    values.read(*node, to, rule);
    if (errors_.size() == before && !(to == standard))
      check_available(key, print(to, rule));
  }

  template <class Struct>
  void table(std::string_view key, Struct& to) {
    if (const auto* const node = find_table(key))
      read_whole(*node, path_ + std::string(key), name_ + std::string(key), to);
  }

  template <class Struct>
  void optional_table(std::string_view key, std::optional<Struct>& to) {
    const auto* const node = find_table(key);
    if (node == nullptr)
      return;
    check_available(key, {});
    read_whole(*node, path_ + std::string(key), name_ + std::string(key), to.emplace());
  }

  template <class Struct>
  void table_list(std::string_view key, std::vector<Struct>& to) {
    const auto* const node = find(key);
    if (node == nullptr)
      return;
    const auto* const list = node->as_array();
    const bool all_tables = list != nullptr && std::all_of(list->begin(), list->end(), [](const auto& each) {
      return each.is_table();
    });
    if (!all_tables) {
      errors_.add(path_ + std::string(key), "must be tables, each under [[" + std::string(key) + "]]");
      return;
    }
    to.clear();
    if (!list->empty())
      check_available(key, {});
    for (std::size_t i = 0; i < list->size(); ++i) {
      const auto path = path_ + std::string(key) + "[" + std::to_string(i + 1) + "]";
      const auto& each = *list->get(i)->as_table();
      errors_.remember(path, each.source().begin);
      read_whole(each, path, name_ + std::string(key), to.emplace_back());
    }
  }

  [[nodiscard]] bool has(std::string_view key) const { return from_.contains(key); }
  /// Says so where the value is of a feature that this version lacks.
  void check_available(std::string_view key, std::string_view printed);
  /// Complains about every key that the schema did not ask for.
  void refuse_unknown();

private:
  void wrong(const toml::source_position& at, std::string what) override;
  const toml::node* find(std::string_view key);
  const toml::table* find_table(std::string_view key);

  template <class Struct>
  void read_whole(const toml::table& from, std::string path, std::string name, Struct& to) {
    table_reader inner(from, path + ".", name + ".", values_, errors_);
    describe(inner, to);
    inner.refuse_unknown();
    inner.complete(to);
  }

  // What a table's keys mean for one another.
  template <class Struct>
  void complete(Struct&) {}
  void complete(node_config& to) { values_.data_dir = to.data_dir; }
  void complete(listener_config& to);
  void complete(domain_config& to);

  const toml::table& from_;
  const std::string path_;
  const std::string name_;
  value_reader& values_;
  error_list& errors_;
  std::vector<std::string_view> known_;
  std::string_view current_;
};

} // namespace troupe::app
