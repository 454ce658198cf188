// What a submission server puts into letters of its own people (RFC 6409 §8): Date and
// Message-ID where they are missing, at the header's end. Bytes stream through it; it
// keeps no more than the beginning of one line.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace troupe::policy {

/// So much of a line's beginning is kept to know its name; a longer name is none of ours.
inline constexpr std::size_t field_name_bytes_max = 100;

class submission_header {
public:
  /// Both are whole fields with their CRLF.
  submission_header(std::string date, std::string message_id);

  /// Appends `bytes` to `out`, and what is missing where the header ends: at its empty
  /// line, or before what is no field (which gets an empty line in front).
  void take(std::string_view bytes, std::string& out);

  /// The message is whole.
  void finish(std::string& out);

private:
  enum class line_kind { undecided, field, end, foreign };

  [[nodiscard]] line_kind judge();
  void end_header(std::string& out);

  std::string date_;
  std::string message_id_;
  std::string begun_; ///< Of a line whose kind is not known yet.
  bool in_line_ = false; ///< Its kind is known, and its end is not here.
  bool some_ = false;    ///< A field was there: a line that begins with a space goes on with it.
  bool done_ = false;
};

} // namespace troupe::policy
