#include "app/troupectl/call.hpp"

#include "app/config/load_config.hpp"
#include "app/exit_code.hpp"
#include "net/core/address_text.hpp"
#include "net/io/http_client.hpp"

#include <cstdlib>

namespace troupe::app {

namespace {

int exit_code_of(int status) {
  switch (status) {
    case 400: return exit_usage;
    case 404: return exit_bad_data;
    case 409: return exit_temporary;
    case 422: return exit_bad_config;
    case 401:
    case 403: return exit_not_permitted;
    default: return status == 503 || status == 504 ? exit_temporary : exit_internal;
  }
}

failure no_object() { return {exit_internal, "the daemon's answer is no JSON object"}; }

} // namespace

std::string find_socket(const daemon_address& given) {
  if (!given.socket.empty())
    return given.socket;
  // Nobody changes our environment.
  if (const char* named = std::getenv("TROUPE_SOCKET");
      named != nullptr && *named != '\0' && !given.config)
    return named;
  const auto loaded = load_config(given.config);
  if (!loaded.parsed.ok())
    throw failure{exit_bad_config,
                  to_string(loaded.parsed.errors.front()) + " (or name the socket with --socket)"};
  return loaded.parsed.value.admin.socket;
}

json caller::get(const std::string& target) const {
  return call("GET", target, {});
}

json caller::post(const std::string& target, const json& body) const {
  return call("POST", target, body.dump(-1, ' ', true, json::error_handler_t::replace));
}

std::string caller::get_text(const std::string& target) const {
  return ask("GET", target, {});
}

json caller::call(std::string_view method, const std::string& target,
                  const std::string& body) const {
  auto document = json::parse(ask(method, target, body), nullptr, false);
  if (!document.is_object())
    throw no_object();
  return document;
}

std::string caller::ask(std::string_view method, const std::string& target, const std::string& body) const {
  io::http_client_options options;
  options.address = "unix:" + socket_;
  auto said = io::http_call(options, method, target, body);
  if (!said && said.error().code == errc::timed_out)
    throw failure{exit_temporary, "no answer from the daemon at " + socket_};
  if (!said)
    throw failure{exit_unavailable, "no daemon answers at " + socket_ + " (is trouped running?)"};
  if (said->status < 400 && said->body.starts_with('{'))
    return std::move(said->body);
  const auto document = json::parse(said->body, nullptr, false);
  if (!document.is_object())
    throw no_object();
  const auto why
    = document.value("/error/message"_json_pointer, std::string("refused without a reason"));
  throw failure{exit_code_of(said->status), why};
}

std::string percent_encoded(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
      continue;
    }
    const auto value = static_cast<unsigned char>(c);
    out += '%';
    out += digits[value >> 4];
    out += digits[value & 15];
  }
  return out;
}

std::string query_text(const std::map<std::string, std::string>& words) {
  std::string text;
  for (const auto& [name, value] : words)
    if (!value.empty())
      text += (text.empty() ? '?' : '&') + name + '=' + percent_encoded(value);
  return text;
}

} // namespace troupe::app
