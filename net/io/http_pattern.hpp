// Which handler a path belongs to: "/v1/queue/messages/{id}" and the like.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::io {

/// What the names in `pattern` stand for if `path` fits it. "{name}" takes one
/// segment that is not empty; "{name...}", only at the end, all that is left, also
/// nothing, and then without a slash before it: "/v1/actors/{path...}" fits
/// "/v1/actors".
[[nodiscard]] std::optional<std::map<std::string, std::string>>
match_path(std::string_view pattern, std::string_view path);

} // namespace troupe::io
