// The operator's console: a page with its style and scripts, built into the program.
// It holds no secrets and no data of its own: everything it shows comes from the
// operator's API, which asks for the token.

#pragma once

#include "net/io/http_server.hpp"

#include <span>
#include <string_view>

namespace troupe::app {

struct console_file {
  std::string_view path; ///< As a browser asks for it: "/", "/console/main.js".
  std::string_view type; ///< For Content-Type.
  std::string_view content;
};

/// Every file of the console.
[[nodiscard]] std::span<const console_file> console_files() noexcept;

/// Null if the console has no such file.
[[nodiscard]] const console_file* find_console_file(std::string_view path) noexcept;

/// GET for every file, under headers by which a browser runs nothing but these files,
/// asks nobody but this server, shows the page in no frame, and keeps no copy.
void serve_console(io::http_server& server);

} // namespace troupe::app
