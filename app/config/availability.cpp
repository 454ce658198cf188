#include "app/config/availability.hpp"

#include <algorithm>
#include <array>

namespace troupe::app {

namespace {

/// Keys below a name with a final dot are meant too. `allowed` is the value that works.
struct missing_feature {
  std::string_view key;
  std::string_view allowed = {};
};

// A feature is enabled by removing its line.
constexpr std::array missing_features{
  missing_feature{.key = "cluster"},
  // A session is its own worker: none stands idle, and it has one job.
  missing_feature{.key = "pool.delivery.min"},
  missing_feature{.key = "pool.delivery.mailbox"},
  // A session whose mail is filtered is its own worker, with deadlines of its own.
  missing_feature{.key = "pool.filter.min"},
  missing_feature{.key = "pool.filter.mailbox"},
};

bool is_meant(const missing_feature& feature, std::string_view key) {
  return feature.key.ends_with('.') ? key.starts_with(feature.key) : key == feature.key;
}

} // namespace

bool is_available(std::string_view key, std::string_view value) {
  return std::none_of(missing_features.begin(), missing_features.end(), [&](const auto& each) {
    if (!is_meant(each, key))
      return false;
    return each.allowed.empty() || value != each.allowed;
  });
}

} // namespace troupe::app
