#include "net/smtp/client_transaction.hpp"

#include <cstring>

namespace troupe::smtp {

namespace {

[[nodiscard]] bool has_8bit(std::string_view bytes) noexcept {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  std::uint64_t seen = 0;
  for (; end - at >= 32; at += 32) {
    std::uint64_t words[4];
    std::memcpy(words, at, sizeof words);
    seen |= words[0] | words[1] | words[2] | words[3];
  }
  for (; at != end; ++at)
    seen |= static_cast<unsigned char>(*at);
  return (seen & 0x8080808080808080u) != 0;
}

} // namespace

body_traits look_at(std::string_view body) noexcept {
  const auto blank = body.starts_with("\r\n") ? 0 : body.find("\r\n\r\n");
  return {has_8bit(body), has_8bit(body.substr(0, blank)), body.empty() || body.ends_with("\r\n")};
}

} // namespace troupe::smtp
