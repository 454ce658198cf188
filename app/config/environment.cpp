#include "app/config/environment.hpp"

namespace troupe::app {

namespace {

constexpr std::string_view name_letters =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

bool is_name(std::string_view name) {
  return !name.empty() && name.find_first_not_of(name_letters) == name.npos
         && (name.front() < '0' || name.front() > '9');
}

} // namespace

result<std::string> expand_environment(std::string_view text, const environment_lookup& look_up) {
  std::string expanded;
  while (!text.empty()) {
    const auto dollar = text.find('$');
    expanded += text.substr(0, dollar);
    if (dollar == text.npos)
      break;
    text.remove_prefix(dollar);
    if (text.starts_with("$${")) {
      expanded += "${";
      text.remove_prefix(3);
    } else if (text.starts_with("${")) {
      const auto close = text.find('}');
      const auto name = text.substr(2, close == text.npos ? close : close - 2);
      if (close == text.npos || !is_name(name))
        return error{errc::malformed, "has a ${ that begins no ${NAME}; write $${ for the signs themselves"};
      const auto value = look_up ? look_up(std::string(name)) : std::nullopt;
      if (!value)
        return error{errc::not_found, "needs ${" + std::string(name) + "}, which is not set in the environment"};
      expanded += *value;
      text.remove_prefix(close + 1);
    } else {
      expanded += '$';
      text.remove_prefix(1);
    }
    if (expanded.size() > expanded_bytes_max)
      break;
  }
  if (expanded.size() > expanded_bytes_max)
    return error{errc::limit_exceeded, "is longer than 64 KiB"};
  return expanded;
}

} // namespace troupe::app
