#include "net/smtp/path.hpp"

#include "net/core/address_text.hpp"

namespace troupe::smtp {

namespace {

/// Where the '>' that ends the path stands; one in quotes does not.
std::size_t end_of_path(std::string_view text) {
  bool quoted = false;
  for (std::size_t at = 1; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted && c == '\\')
      ++at;
    else if (c == '"')
      quoted = !quoted;
    else if (c == '>' && !quoted)
      return at;
  }
  return std::string_view::npos;
}

/// Takes "@a,@b:" off the start of `text`; false when there is a bad one.
bool drop_source_route(std::string_view& text) {
  if (!text.starts_with('@'))
    return true;
  const auto colon = text.find(':');
  if (colon == std::string_view::npos)
    return false;
  auto route = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  while (true) {
    const auto comma = route.find(',');
    const auto hop = route.substr(0, comma);
    if (!hop.starts_with('@') || !is_domain(hop.substr(1), utf8::allowed))
      return false;
    if (comma == std::string_view::npos)
      return true;
    route.remove_prefix(comma + 1);
  }
}

} // namespace

result<path> parse_path(std::string_view text, path_kind kind, utf8 letters) {
  if (!text.starts_with('<'))
    return error{errc::malformed, "no angle bracket"};
  const auto end = end_of_path(text);
  if (end == std::string_view::npos)
    return error{errc::malformed, "no closing angle bracket"};
  const auto rest = text.substr(end + 1);
  if (!rest.empty() && rest.front() != ' ')
    return error{errc::malformed, "no space after the path"};
  if (end + 1 > path_bytes_max)
    return error{errc::limit_exceeded, "path_bytes_max"};
  auto inside = text.substr(1, end - 1);
  if (inside.empty() && kind == path_kind::reverse)
    return path{{}, rest};
  if (!drop_source_route(inside))
    return error{errc::malformed, "source route"};
  if (kind == path_kind::forward && equal_ignoring_case(inside, "postmaster"))
    return path{{std::string{inside}, {}}, rest};
  auto who = parse_mailbox(inside, letters);
  if (!who)
    return who.error();
  return path{std::move(*who), rest};
}

} // namespace troupe::smtp
