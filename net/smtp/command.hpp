// One command line, taken apart as far as all commands are alike (RFC 5321 §4.1.1).

#pragma once

#include "net/smtp/verb.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace troupe::smtp {

struct command {
  verb what;
  std::string_view args; ///< Without spaces and tabs at either end.
};

/// Takes a line without its CRLF. Nothing when it has control characters: a bare CR
/// or LF among them ends no line (§2.3.8), and must not begin one further on either.
[[nodiscard]] std::optional<command> parse_command(std::string_view line);

/// One keyword[=value] behind a path (§4.1.2, esmtp-param).
struct parameter {
  std::string_view keyword;
  std::optional<std::string_view> value;
};

enum class parameter_read : std::uint8_t { one, none_left, malformed };

/// Takes the next parameter off `rest`.
[[nodiscard]] parameter_read read_parameter(std::string_view& rest, parameter& into);

/// The argument of BDAT (RFC 3030 §2).
struct chunk_size {
  std::uint64_t bytes; ///< The largest number for all that are larger.
  bool is_last;
};
[[nodiscard]] std::optional<chunk_size> parse_chunk_size(std::string_view args);

/// Digits, at most 20 of them; too large a number becomes the largest.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view digits);

} // namespace troupe::smtp
