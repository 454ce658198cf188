// Short ways to parse a text and to look at what came out.

#pragma once

#include "app/config/parse_config.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::app {

inline surroundings test_surroundings(feature_set features = feature_set::as_built) {
  surroundings around;
  around.host_name = "mx1.example.org";
  around.environment = [](const std::string& name) -> std::optional<std::string> {
    const std::map<std::string, std::string> set{
      {"HOST", "relay.test"}, {"EMPTY", ""}, {"NESTED", "${HOST}"}};
    const auto found = set.find(name);
    return found == set.end() ? std::nullopt : std::optional(found->second);
  };
  around.features = features;
  return around;
}

inline parsed_config parse(std::string_view text, feature_set features = feature_set::as_built) {
  return parse_config(text, "t.toml", test_surroundings(features));
}

inline std::vector<std::string> errors_of(std::string_view text,
                                          feature_set features = feature_set::as_built) {
  std::vector<std::string> lines;
  for (const auto& each : parse(text, features).errors)
    lines.push_back(to_string(each));
  return lines;
}

using lines = std::vector<std::string>;

} // namespace troupe::app
