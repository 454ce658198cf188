#include "app/troupectl/fields.hpp"

#include "app/words/duration_words.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace troupe::app {

namespace {

// Beyond it a real number may fit no integer.
constexpr double integer_from_real_max = 9e18;
// No span is longer; it still fits in milliseconds.
constexpr seconds span_max = std::chrono::hours{24 * 365 * 1000};

const json& field(const json& from, const char* key) {
  static const json nothing;
  if (!from.is_object())
    return nothing;
  const auto found = from.find(key);
  return found == from.end() ? nothing : *found;
}

} // namespace

std::string text_of(const json& from, const char* key) {
  const auto& value = field(from, key);
  if (value.is_string())
    return value.get<std::string>();
  if (value.is_number_float()) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f", value.get<double>());
    return text.data();
  }
  return value.is_null() ? "-" : value.dump(-1, ' ', true, json::error_handler_t::replace);
}

std::int64_t number_of(const json& from, const char* key) {
  const auto& value = field(from, key);
  if (value.is_number_float())
    return std::abs(value.get<double>()) < integer_from_real_max
             ? static_cast<std::int64_t>(value.get<double>())
             : 0;
  return value.is_number() ? value.get<std::int64_t>() : 0;
}

std::string span_of(const json& from, const char* key) {
  const auto& value = field(from, key);
  if (!value.is_number())
    return "-";
  return duration_words(std::clamp(seconds{number_of(from, key)}, seconds{0}, span_max));
}

std::string precise_span_of(const json& from, const char* key) {
  const auto& value = field(from, key);
  return value.is_number() ? precise_duration_words(value.get<double>()) : "-";
}

std::string quantity_of(const std::string& metric, const json& from, const char* key) {
  if (metric.ends_with("_seconds"))
    return precise_span_of(from, key);
  return metric.ends_with("_bytes") ? size_of(from, key) : text_of(from, key);
}

std::string size_of(const json& from, const char* key) {
  static constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
  const auto& value = field(from, key);
  if (!value.is_number())
    return "-";
  auto size = value.get<double>();
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < units.size()) {
    size /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", size, units[unit]);
  return text.data();
}

const json& list_of(const json& from, const char* key) {
  static const json nothing = json::array();
  const auto& value = field(from, key);
  return value.is_array() ? value : nothing;
}

const json& part_of(const json& from, const char* key) {
  static const json nothing = json::object();
  const auto& value = field(from, key);
  return value.is_object() ? value : nothing;
}

} // namespace troupe::app
