// Lists of tag=value; as DKIM, ARC and DMARC write them (RFC 6376 §3.2).

#pragma once

#include "net/core/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::authentication {

/// Tags of one list; above it malformed.
inline constexpr std::size_t tags_max = 64;

class tag_list {
public:
  /// Fails with malformed: a tag twice, a name that is none, no "=".
  [[nodiscard]] static result<tag_list> parse(std::string_view text);

  /// The value without white space around it; folds within stay.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  /// The same without any white space in it.
  [[nodiscard]] std::optional<std::string> find_packed(std::string_view name) const;
  /// The first tag's name, or "".
  [[nodiscard]] std::string_view first() const;

private:
  std::vector<std::pair<std::string, std::string>> tags_;
};

[[nodiscard]] std::string packed(std::string_view text);

/// What stands between the separators, each trimmed; "a: b" has two parts, "" has one.
[[nodiscard]] std::vector<std::string_view> parts_of(std::string_view text, char separator);

/// Digits only, at most 18 of them.
[[nodiscard]] std::optional<std::uint64_t> whole_number(std::string_view text);

} // namespace troupe::authentication
