#include "net/dns/records.hpp"

namespace troupe::dns {

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

} // namespace troupe::dns
