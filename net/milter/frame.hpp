// Frames: a length in four bytes, a letter, and data. How they are written, and how
// they are cut out of what came off the wire.

#pragma once

#include "net/core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::milter {

void append_frame(std::string& out, char letter, std::string_view data);

void append_number(std::string& out, std::uint32_t number);
/// With its NUL; one inside ends it.
void append_text(std::string& out, std::string_view text);

/// Reads the data of a frame from its start. Each fails with malformed where there is
/// too little.
class frame_fields {
public:
  explicit frame_fields(std::string_view data) noexcept : rest_(data) {}

  [[nodiscard]] result<std::uint32_t> number();
  /// Up to its NUL, which must be there.
  [[nodiscard]] result<std::string_view> text();
  [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }

private:
  std::string_view rest_;
};

struct frame {
  char letter;
  std::string_view data; ///< Lives until the next call on its reader that is not const.
};

/// Takes bytes as they came; where they were split means nothing. Holds at most one
/// frame and what `take` was given behind it.
class frame_reader {
public:
  void take(std::string_view bytes);

  /// The next whole frame, or nothing yet. Fails with limit_exceeded (a frame above
  /// frame_bytes_max) or malformed (one without a letter), and then always.
  [[nodiscard]] result<std::optional<frame>> next();

  /// Bytes that wait.
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() - used_; }

private:
  std::string bytes_;
  std::size_t used_ = 0;
};

} // namespace troupe::milter
