// From one TOML value to one field, and from one field to TOML text.

#pragma once

#include "app/config/nearest.hpp"
#include "app/config/parse_config.hpp"
#include "app/config/rules.hpp"

#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <vector>

namespace troupe::app {

/// Takes complaints about single values.
class complaints {
public:
  virtual void wrong(const toml::source_position& at, std::string what) = 0;

protected:
  ~complaints() = default;
};

/// What reading a value needs beside the value.
struct value_reader {
  const surroundings& around;
  complaints& report;
  std::string data_dir = {}; ///< As far as it is known.
  bool has_tls = false;      ///< There is a [tls] table.

  void wrong(const toml::node& at, std::string what) { report.wrong(at.source().begin, std::move(what)); }

  /// The string with ${NAME} expanded; nothing after a complaint.
  std::optional<std::string> text(const toml::node& from);
  /// The same, if it is an array at all.
  const toml::array* list(const toml::node& from, std::string_view of_what);

  // Each leaves the field alone after a complaint.
  void read(const toml::node& from, std::string& to, const text_rule& rule);
  void read(const toml::node& from, std::uint32_t& to, const count_rule& rule);
  void read(const toml::node& from, std::uint16_t& to, const count_rule& rule);
  void read(const toml::node& from, std::uint64_t& to, const size_rule& rule);
  void read(const toml::node& from, milliseconds& to, const time_rule& rule);
  void read(const toml::node& from, double& to, const ratio_rule& rule);
  void read(const toml::node& from, backoff_range& to, const time_rule& rule);
  void read(const toml::node& from, endpoint& to, const place_rule& rule);
  void read(const toml::node& from, ip_network& to, const plain_rule& rule);
  void read(const toml::node& from, ip_address& to, const plain_rule& rule);
  void read(const toml::node& from, rate_limit& to, const plain_rule& rule);
  void read(const toml::node& from, via& to, const plain_rule& rule);
  void read(const toml::node& from, deliver& to, const plain_rule& rule);
  /// Targets without "@" get no domain here.
  void read(const toml::node& from, std::map<std::string, std::vector<mailbox>>& to,
            const plain_rule& rule);

  template <class Choice>
    requires requires { words<Choice>::list; }
  void read(const toml::node& from, Choice& to, const plain_rule&) {
    const auto given = text(from);
    if (!given)
      return;
    std::vector<std::string_view> known;
    for (const auto& each : words<Choice>::list) {
      if (each.text == *given) {
        to = each.value;
        return;
      }
      known.push_back(each.text);
    }
    wrong(from, "unknown value \"" + *given + "\"; " + suggest(*given, known));
  }

  template <class Value, class Rule>
  void read(const toml::node& from, std::vector<Value>& to, const Rule& rule) {
    const auto* const given = list(from, "values");
    if (given == nullptr)
      return;
    to.clear();
    for (const auto& each : *given)
      read(each, to.emplace_back(), rule);
  }

  template <class Value, class Rule>
  void read(const toml::node& from, std::optional<Value>& to, const Rule& rule) {
    to.emplace();
    read(from, *to, rule);
  }

  std::string with_data_dir(std::string text) const;
};

} // namespace troupe::app
