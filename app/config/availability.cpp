#include "app/config/availability.hpp"

#include <algorithm>
#include <array>

namespace troupe::app {

namespace {

/// Keys below a name with a final dot are meant too. `allowed` are the values that
/// work, `refused` the beginning of values that don't, where the others do.
struct missing_feature {
  std::string_view key;
  std::string_view allowed = {};
  std::string_view refused = {};
};

// A feature is enabled by removing its line.
constexpr std::array missing_features{
  missing_feature{.key = "cluster"},
  missing_feature{.key = "milter"},
  missing_feature{.key = "listener.address", .refused = "unix:"},
  missing_feature{.key = "listener.kind", .refused = "lmtp"},
  missing_feature{.key = "listener.proxy_protocol_from"},
  missing_feature{.key = "listener.xclient_from"},
  // A session is its own worker: none stands idle, and it has one job.
  missing_feature{.key = "pool.delivery.min"},
  missing_feature{.key = "pool.delivery.mailbox"},
  missing_feature{.key = "pool.filter."},
};

bool is_meant(const missing_feature& feature, std::string_view key) {
  return feature.key.ends_with('.') ? key.starts_with(feature.key) : key == feature.key;
}

} // namespace

bool is_available(std::string_view key, std::string_view value) {
  return std::none_of(missing_features.begin(), missing_features.end(), [&](const auto& each) {
    if (!is_meant(each, key))
      return false;
    if (!each.refused.empty())
      return value.starts_with(each.refused);
    return each.allowed.empty() || value != each.allowed;
  });
}

} // namespace troupe::app
