// Fields of a JSON answer as text, with something sensible where they are missing: a
// troupectl may be older or newer than its daemon.

#pragma once

#include "app/troupectl/call.hpp"

#include <cstdint>

namespace troupe::app {

/// Strings as they are, numbers as digits, "-" for nothing.
[[nodiscard]] std::string text_of(const json& from, const char* key);
/// Zero for nothing, and for a real number that fits no integer.
[[nodiscard]] std::int64_t number_of(const json& from, const char* key);
/// Of seconds: "4m12s", at most a thousand years; or "-".
[[nodiscard]] std::string span_of(const json& from, const char* key);
/// The same to three digits also below a minute: "1.25ms", "340ms", "12.5s".
[[nodiscard]] std::string precise_span_of(const json& from, const char* key);
/// As a time, a size or a number, by how the metric's name ends.
[[nodiscard]] std::string quantity_of(const std::string& metric, const json& from, const char* key);
/// "25.0 MiB"
[[nodiscard]] std::string size_of(const json& from, const char* key);
/// An array, empty if there is none.
[[nodiscard]] const json& list_of(const json& from, const char* key);
/// An object, empty if there is none.
[[nodiscard]] const json& part_of(const json& from, const char* key);

} // namespace troupe::app
