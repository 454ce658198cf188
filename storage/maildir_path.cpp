#include "storage/maildir_path.hpp"

namespace troupe::storage {

namespace {

constexpr std::string_view scheme = "maildir:";
constexpr std::string_view user_mark = "{user}";
constexpr std::string_view domain_mark = "{domain}";

// DEL and what is below the space are no part of a name that people handle.
bool must_escape(char c, bool first) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '/' || c == '%' || (first && c == '.');
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool has_dot_dot(std::string_view path) {
  while (!path.empty()) {
    const auto name = path.substr(0, path.find('/'));
    if (name == "..")
      return true;
    path.remove_prefix(name.size() == path.size() ? path.size() : name.size() + 1);
  }
  return false;
}

} // namespace

result<std::string> safe_folder_name(std::string_view name) {
  constexpr std::string_view digits = "0123456789ABCDEF"; // no letter of a name is upper case
  if (name.empty())
    return error{errc::malformed, "an empty name names no folder"};
  std::string safe;
  safe.reserve(name.size());
  for (const char c : name) {
    if (must_escape(c, safe.empty())) {
      const auto byte = static_cast<unsigned char>(c);
      safe += {'%', digits[byte >> 4], digits[byte & 15]};
    } else {
      safe += lower(c);
    }
  }
  if (safe.size() > folder_name_bytes_max)
    return error{errc::limit_exceeded, "a folder name has at most 255 bytes"};
  return safe;
}

result<maildir_path> maildir_path::parse(std::string_view text) {
  if (text.starts_with(scheme))
    text.remove_prefix(scheme.size());
  if (text.empty())
    return error{errc::malformed, "maildir: needs a path"};
  if (text.find('\0') != std::string_view::npos || has_dot_dot(text))
    return error{errc::malformed, "maildir: a path may not hold \"..\" or NUL"};
  for (auto rest = text; !rest.empty();) {
    const auto open = rest.find_first_of("{}");
    if (open == std::string_view::npos)
      break;
    rest.remove_prefix(open);
    const auto mark = rest.starts_with(user_mark) ? user_mark : domain_mark;
    if (!rest.starts_with(mark))
      return error{errc::malformed, "maildir: only {user} and {domain} may stand in braces"};
    rest.remove_prefix(mark.size());
  }
  return maildir_path{std::string(text)};
}

result<std::string> maildir_path::folder_of(const mailbox& who) const {
  std::string path;
  std::string_view rest = text_;
  for (;;) {
    const auto open = rest.find('{');
    path += rest.substr(0, open);
    if (open == std::string_view::npos)
      return path;
    rest.remove_prefix(open);
    const bool is_user = rest.starts_with(user_mark);
    auto name = safe_folder_name(is_user ? who.local : domain_key(who.domain));
    if (!name)
      return name;
    path += *name;
    rest.remove_prefix(is_user ? user_mark.size() : domain_mark.size());
  }
}

} // namespace troupe::storage
