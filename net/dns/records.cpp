#include "net/dns/records.hpp"

#include <algorithm>

namespace troupe::dns {

namespace {

constexpr std::size_t label_bytes_max = 63;
constexpr std::size_t name_bytes_max = 253;

} // namespace

std::optional<std::string> read_text(std::string_view data) {
  if (data.empty())
    return std::nullopt;
  std::string text;
  while (!data.empty()) {
    const auto size = static_cast<unsigned char>(data.front());
    data.remove_prefix(1);
    if (size > data.size())
      return std::nullopt;
    text += data.substr(0, size);
    data.remove_prefix(size);
  }
  return text;
}

std::optional<std::string> read_name(std::string_view data) {
  std::string name;
  while (!data.empty()) {
    const auto size = static_cast<unsigned char>(data.front());
    data.remove_prefix(1);
    if (size == 0)
      return data.empty() ? std::optional{name} : std::nullopt;
    if (size > label_bytes_max || size > data.size())
      return std::nullopt;
    const auto label = data.substr(0, size);
    const bool plain = std::all_of(label.begin(), label.end(), [](char c) { return c > ' ' && c < 0x7F && c != '.'; });
    if (!plain || name.size() + size > name_bytes_max)
      return std::nullopt;
    if (!name.empty())
      name += '.';
    name += label;
    data.remove_prefix(size);
  }
  return std::nullopt;
}

std::optional<ip_address> read_address(std::string_view data) {
  ip_address found;
  if (data.size() != 4 && data.size() != found.bytes.size())
    return std::nullopt;
  found.family = data.size() == 4 ? ip_family::ipv4 : ip_family::ipv6;
  std::transform(data.begin(), data.end(), found.bytes.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return found;
}

} // namespace troupe::dns
