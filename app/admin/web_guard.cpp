#include "app/admin/web_guard.hpp"

#include "app/admin/json_answer.hpp"
#include "net/core/ip_address.hpp"
#include "net/core/mailbox.hpp"

#include <algorithm>

namespace troupe::app {

namespace {

std::string_view header(const io::http_request& request, std::string_view name) {
  const auto at = request.header.find(std::string{name});
  return at == request.header.end() ? std::string_view{} : at->second;
}

/// "localhost" of "localhost:8025", "::1" of "[::1]:8025"; empty if it is neither, or two.
std::string_view name_of(std::string_view host) {
  if (host.find(',') != host.npos)
    return {};
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    return end == host.npos ? std::string_view{} : host.substr(1, end - 1);
  }
  return host.substr(0, host.find(':'));
}

/// Takes the same time whatever is wrong; only the length shows.
bool is_same_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size())
    return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned>(static_cast<unsigned char>(b[i]));
  return difference == 0;
}

bool is_same_origin(std::string_view origin, std::string_view host) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (origin.starts_with(scheme))
      return origin.substr(scheme.size()) == host;
  return false;
}

} // namespace

bool is_console_path(std::string_view path) noexcept {
  return path == "/" || path.starts_with("/console/");
}

bool web_guard::is_ours(std::string_view host) const {
  const auto name = domain_key(name_of(host));
  return !name.empty()
         && (name == "localhost" || parse_ip_address(name)
             || std::any_of(options_.names.begin(), options_.names.end(),
                            [&](const auto& each) { return domain_key(each) == name; }));
}

bool web_guard::has_token(const io::http_request& request) const {
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view given = request.authorization;
  return options_.token.empty()
         || (given.starts_with(scheme)
             && is_same_secret(given.substr(scheme.size()), options_.token));
}

std::optional<io::http_response> web_guard::check(const io::http_request& request) const {
  const auto host = header(request, "host");
  if (!is_ours(host))
    return refuse(403, "refused", "Host names another place; use an address, localhost, or the node's name");
  const auto origin = header(request, "origin");
  if (!origin.empty() && !is_same_origin(origin, host))
    return refuse(403, "refused", "Not for pages of another origin");
  if (is_console_path(request.path) && request.method == "GET")
    return std::nullopt;
  const auto site = header(request, "sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none")
    return refuse(403, "refused", "Not for pages of another site");
  if (request.method != "GET" && header(request, act_header).empty())
    return refuse(403, "refused", "An act needs the header X-Troupe-Request");
  if (!has_token(request)) {
    auto unknown = refuse(401, "refused", "This needs the token of admin.token");
    unknown.headers.emplace_back("WWW-Authenticate", "Bearer");
    return unknown;
  }
  return std::nullopt;
}

} // namespace troupe::app
