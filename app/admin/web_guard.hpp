// Who may use the API over TCP. A browser on the same machine runs pages of
// strangers: none of them may read or act here, not even one whose name was made to
// point at this address (DNS rebinding).
//
//   Host       an address in digits, "localhost", or a name of this node: a stranger's
//              page carries the stranger's name
//   Origin     absent, or the same as Host
//   acts       (all but GET) carry "X-Troupe-Request", which no form can send and no
//              page of another origin may
//   token      where there is one, as "Authorization: Bearer"; only the console's own
//              files, which hold no secrets, go without

#pragma once

#include "net/io/http_message.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::app {

inline constexpr std::string_view act_header = "x-troupe-request";

struct web_guard_options {
  std::string token;              ///< Empty: none is asked for.
  std::vector<std::string> names; ///< Of this node, beside the usual ones.
};

class web_guard {
public:
  explicit web_guard(web_guard_options options) : options_(std::move(options)) {}

  /// The refusal (401, 403), or nothing.
  [[nodiscard]] std::optional<io::http_response> check(const io::http_request& request) const;

private:
  [[nodiscard]] bool is_ours(std::string_view host) const;
  [[nodiscard]] bool has_token(const io::http_request& request) const;

  web_guard_options options_;
};

/// True for the console's page and its files.
[[nodiscard]] bool is_console_path(std::string_view path) noexcept;

} // namespace troupe::app
