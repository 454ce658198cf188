// What the HTTP API answers: one JSON document in ASCII, so that nothing in it can
// command a terminal, whatever mail says.

#pragma once

#include "net/core/message_id.hpp"
#include "net/core/result.hpp"
#include "net/core/time.hpp"
#include "net/io/http_message.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace troupe::app {

using json = nlohmann::ordered_json;

/// Bytes that are no UTF-8 become U+FFFD; everything beyond ASCII, and each control
/// character, is escaped.
[[nodiscard]] std::string dump(const json& document);

[[nodiscard]] io::http_response answer(const json& document, int status = 200);

/// {"error":{"code","message"}}
[[nodiscard]] io::http_response refuse(int status, std::string_view code, std::string_view message);
/// With the status that belongs to the error.
[[nodiscard]] io::http_response refuse(const error& why);

/// Whole seconds from `from` to `to`; zero if that is behind us.
[[nodiscard]] std::int64_t seconds_between(wall_time from, wall_time to);

} // namespace troupe::app
