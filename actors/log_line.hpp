// The bytes of one log line, formatted in place: no allocation, no virtual call,
// nothing that a hostile value could use to break out of its field.

#pragma once

#include "actors/event_log.hpp"
#include "net/core/time.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace troupe::actors {

/// What stands before the fields.
struct log_head {
  wall_time at;
  log_level level;
  std::string_view event;
  std::string_view node;
};

/// One for a thread, used again for each line.
class log_line {
public:
  /// With its line feed, at most `log_line_bytes_max` bytes. The view lives until
  /// the next call.
  [[nodiscard]] std::string_view format(log_format format, const log_head& head, log_fields fields);

private:
  void put(char c) noexcept;
  void put(std::string_view bytes) noexcept;
  void put_time(wall_time at);
  void put_escaped(std::string_view value) noexcept;
  void put_json_value(const log_field& field);
  void put_text_value(const log_field& field);
  void put_number(const log_field& field);
  void put_fields(log_format format, log_fields fields);

  std::array<char, log_line_bytes_max> bytes_;
  std::size_t size_ = 0;
  std::size_t end_ = 0; ///< What may be used now; the rest is kept for the line's end.
  bool full_ = false;   ///< Something did not fit since it was last cleared.
  seconds cached_second_{-1};
  std::array<char, 20> cached_stamp_{}; ///< "2026-11-23T12:15:59."
};

} // namespace troupe::actors
