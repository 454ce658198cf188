// One thing that is wrong with a configuration, with its place.

#pragma once

#include <string>
#include <vector>

namespace troupe::app {

struct config_error {
  std::string file;     ///< As the operator named it.
  unsigned line = 0;    ///< From 1; 0 when the whole file is meant.
  unsigned column = 0;
  std::string key;      ///< "limits.message_bytes", "listener[1].address"; or empty.
  std::string what;

  friend bool operator==(const config_error&, const config_error&) = default;
};

/// "troupe.toml:12:3: limits.mesage_bytes: unknown key; did you mean "message_bytes"?"
[[nodiscard]] std::string to_string(const config_error& wrong);

/// More are counted, not kept.
inline constexpr std::size_t config_errors_max = 100;

} // namespace troupe::app
