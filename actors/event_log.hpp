// The event log: one line an event, a stable event name, then fields. JSON or
// text is formatted into a buffer of the thread, then handed to one sink. Any
// thread may log; a line never waits for more than `log_write_wait_max`.

#pragma once

#include "net/core/log_level.hpp"
#include "net/core/message_id.hpp"

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

namespace troupe::actors {

/// Longer values are cut, and end in "..." then.
inline constexpr std::size_t log_value_bytes_max = 512;
/// Fields that would make a line longer are left out, and "cut" says so. A pipe
/// takes a line of this size whole or not at all.
inline constexpr std::size_t log_line_bytes_max = 4000;
/// Warnings and errors of one event name within a second; the rest is counted.
/// Never events about mail (message_*).
inline constexpr unsigned log_repeats_max = 10;
/// How long a line waits for a reader that has fallen behind; then it is lost and counted.
inline constexpr std::chrono::milliseconds log_write_wait_max{100};

/// Key and value of one fact. Holds views: lives within the full expression.
class log_field {
public:
  enum class kind : std::uint8_t { text, signed_number, unsigned_number, real, boolean, id };

  log_field(std::string_view key, std::string_view value) noexcept
    : key_(key), text_(value), kind_(kind::text) {}
  log_field(std::string_view key, const char* value) noexcept
    : log_field(key, std::string_view(value)) {}
  log_field(std::string_view key, const std::string& value) noexcept
    : log_field(key, std::string_view(value)) {}
  log_field(std::string_view key, bool value) noexcept
    : key_(key), number_(value), kind_(kind::boolean) {}
  log_field(std::string_view key, message_id value) noexcept
    : key_(key), number_(value.value), kind_(kind::id) {}
  template <std::signed_integral Integer>
  log_field(std::string_view key, Integer value) noexcept
    : key_(key), number_(value), kind_(kind::signed_number) {}
  template <std::unsigned_integral Integer>
    requires(!std::same_as<Integer, bool>)
  log_field(std::string_view key, Integer value) noexcept
    : key_(key), number_(static_cast<std::int64_t>(value)), kind_(kind::unsigned_number) {}
  template <std::floating_point Real>
  log_field(std::string_view key, Real value) noexcept
    : key_(key), real_(value), kind_(kind::real) {}

  [[nodiscard]] std::string_view key() const noexcept { return key_; }
  [[nodiscard]] kind type() const noexcept { return kind_; }
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  [[nodiscard]] std::int64_t number() const noexcept { return number_; }
  [[nodiscard]] double real() const noexcept { return real_; }

private:
  std::string_view key_;
  std::string_view text_;
  union {
    std::int64_t number_ = 0;
    double real_;
  };
  kind kind_;
};

using log_fields = std::initializer_list<log_field>;

struct event_log_options {
  std::string node;
  log_level level = log_level::info;
  log_format format = log_format::json;
};

class event_log {
public:
  /// Writes to standard error, and makes the process ignore SIGPIPE: a log
  /// whose reader is gone must not end the daemon.
  explicit event_log(const event_log_options& options);
  /// @pre `to` outlives this.
  event_log(const event_log_options& options, std::ostream& to);
  ~event_log();
  event_log(const event_log&) = delete;
  event_log& operator=(const event_log&) = delete;

  /// `event` and keys are names of ours and must need no escaping.
  void trace(std::string_view event, log_fields fields = {}) { at(log_level::trace, event, fields); }
  void debug(std::string_view event, log_fields fields = {}) { at(log_level::debug, event, fields); }
  void info(std::string_view event, log_fields fields = {}) { at(log_level::info, event, fields); }
  void warn(std::string_view event, log_fields fields = {}) { at(log_level::warn, event, fields); }
  void error(std::string_view event, log_fields fields = {}) { at(log_level::error, event, fields); }

  void at(log_level level, std::string_view event, log_fields fields) {
    if (is_on(level))
      write(level, event, fields);
  }

  [[nodiscard]] bool is_on(log_level level) const noexcept {
    return level >= level_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] log_level level() const noexcept { return level_.load(std::memory_order_relaxed); }
  void set_level(log_level level) noexcept { level_.store(level, std::memory_order_relaxed); }
  /// Of the lines that start from now on.
  void set_format(log_format format) noexcept { format_.store(format, std::memory_order_relaxed); }

  /// Lines that the sink did not take: reader gone or behind, disk full.
  [[nodiscard]] std::uint64_t lost_lines() const noexcept;

private:
  struct sink;
  event_log(const event_log_options& options, std::unique_ptr<sink> to);
  void write(log_level level, std::string_view event, log_fields fields);

  const std::string node_;
  std::atomic<log_level> level_;
  std::atomic<log_format> format_;
  const std::unique_ptr<sink> sink_;
};

} // namespace troupe::actors
