#include "net/core/http_url.hpp"

#include <algorithm>
#include <charconv>

namespace troupe {

namespace {

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

error bad_url(std::string what) { return {errc::malformed, std::move(what)}; }

} // namespace

result<http_url> parse_http_url(std::string_view text) {
  http_url made;
  if (!is_visible(text))
    return bad_url("has blanks or control characters");
  if (text.starts_with("http://")) {
    made.secure = false;
    made.port = 80;
  } else if (!text.starts_with("https://")) {
    return bad_url("must begin with http:// or https://");
  }
  text.remove_prefix(text.find("//") + 2);
  if (text.find('#') != text.npos)
    return bad_url("must have no fragment");
  const auto slash = std::min(text.find_first_of("/?"), text.size());
  auto place = text.substr(0, slash);
  if (slash < text.size())
    made.target = (text[slash] == '/' ? "" : "/") + std::string{text.substr(slash)};
  if (place.find('@') != place.npos)
    return bad_url("must have no user name");
  std::string_view port;
  if (place.starts_with('[')) {
    const auto end = place.find(']');
    if (end == place.npos)
      return bad_url("has an address without its closing bracket");
    made.host = place.substr(1, end - 1);
    port = place.substr(end + 1);
  } else {
    const auto colon = std::min(place.find(':'), place.size());
    made.host = place.substr(0, colon);
    port = place.substr(colon);
  }
  if (made.host.empty())
    return bad_url("names no host");
  if (port.empty())
    return made;
  port.remove_prefix(1);
  const auto [end, why] = std::from_chars(port.data(), port.data() + port.size(), made.port);
  if (why != std::errc{} || end != port.data() + port.size() || made.port == 0)
    return bad_url("has a port that is no number from 1 to 65535");
  return made;
}

} // namespace troupe
