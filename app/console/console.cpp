#include "app/console/console.hpp"

#include <algorithm>

namespace troupe::app {

namespace {

io::http_response shown(const console_file& file) {
  io::http_response answer;
  answer.content_type = file.type;
  answer.body = file.content;
  answer.headers = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
     "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Frame-Options", "DENY"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
  };
  return answer;
}

} // namespace

const console_file* find_console_file(std::string_view path) noexcept {
  const auto all = console_files();
  const auto at
    = std::find_if(all.begin(), all.end(), [&](const auto& x) { return x.path == path; });
  return at == all.end() ? nullptr : &*at;
}

void serve_console(io::http_server& server) {
  for (const auto& file : console_files())
    server.route("GET", file.path, [&file](const auto&) { return shown(file); });
}

} // namespace troupe::app
