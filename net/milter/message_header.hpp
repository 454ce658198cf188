// The header of a message as filters see and change it: its fields in order, by the
// counting of sendmail. Our own Received is among them; filters neither see it nor count
// its name, but may insert above it.

#pragma once

#include "net/core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::milter {

/// Of a header that filters may look at; more is refused with limit_exceeded.
inline constexpr std::size_t header_bytes_max = 1024 * 1024;
/// The same, for what they add.
inline constexpr std::size_t header_fields_max = 10'000;

/// A message without a field that is to be hidden.
inline constexpr std::size_t no_own_field = SIZE_MAX;

/// Whether a filter's values begin right behind the colon.
enum class leading_space : std::uint8_t { implied, said };

class message_header {
public:
  struct field {
    std::string name;
    std::string body;    ///< From behind the colon on, folds as CRLF, without the last one.
    bool hidden = false; ///< Ours.
  };

  struct cut; // a header and where it ended

  /// Reads the header at the start of a message; so many fields stand above our Received,
  /// or no_own_field. It ends at an empty line or where a line is no field. Nothing while `bytes` end within
  /// it and are not the whole.
  [[nodiscard]] static result<std::optional<cut>> read(std::string_view bytes, bool is_whole,
                                                       std::size_t above_own);

  /// Changes of filters. Fails with malformed (no name of a field) or limit_exceeded.
  [[nodiscard]] status add(std::string_view name, std::string_view value, leading_space how);
  /// 0: above everything, 1: below our Received, and so on; beyond the end: at the end.
  [[nodiscard]] status insert(std::uint32_t place, std::string_view name, std::string_view value,
                              leading_space how);
  /// The nth visible one of that name, from 1 on; 0 means 1. Empty: it goes. One that is
  /// not there is added, as sendmail does, unless it was to go.
  [[nodiscard]] status change(std::uint32_t nth, std::string_view name, std::string_view value,
                              leading_space how);

  [[nodiscard]] const std::vector<field>& fields() const noexcept { return fields_; }

  /// The whole, each field with its CRLF; no empty line behind it.
  [[nodiscard]] std::string text() const;

private:
  [[nodiscard]] result<field> make(std::string_view name, std::string_view value,
                                   leading_space how) const;

  std::vector<field> fields_;
  std::size_t bytes_ = 0;
};

struct message_header::cut {
  message_header header;
  std::size_t body_at = 0;    ///< Behind the empty line, if there is one.
  bool has_separator = false; ///< There is.
};

} // namespace troupe::milter
