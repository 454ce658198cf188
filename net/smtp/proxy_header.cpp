#include "net/smtp/proxy_header.hpp"

#include "net/core/address_text.hpp"
#include "net/core/expect.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace troupe::smtp {

namespace {

constexpr std::string_view line_start = "PROXY ";
/// "PROXY UNKNOWN\r\n", the shortest line; as many are of a version 2 header in any case.
constexpr std::size_t shortest = 15;
constexpr std::string_view block_start{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t fixed_bytes = 16;

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

unsigned number_at(std::string_view text, std::size_t at) {
  return byte_at(text, at) << 8 | byte_at(text, at + 1);
}

bool both_begin_alike(std::string_view a, std::string_view b) {
  const auto size = std::min(a.size(), b.size());
  return a.substr(0, size) == b.substr(0, size);
}

/// Up to the next space, which goes too.
std::string_view next_word(std::string_view& rest) {
  const auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  return word;
}

std::optional<std::uint16_t> port_in_line(std::string_view digits) {
  if (digits.empty() || digits.size() > 5 || (digits.size() > 1 && digits.front() == '0')
      || !std::all_of(digits.begin(), digits.end(), is_digit))
    return std::nullopt;
  unsigned value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (value > 65535)
    return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

/// An IPv4 address that came mapped into IPv6 is kept as IPv4, as parse_ip_address keeps it.
ip_address address_in_block(std::string_view bytes) {
  ip_address made;
  std::copy(bytes.begin(), bytes.end(), made.bytes.begin());
  if (bytes.size() == 4) {
    made.family = ip_family::ipv4;
    return made;
  }
  made.family = ip_family::ipv6;
  constexpr std::string_view mapped{"\0\0\0\0\0\0\0\0\0\0\xff\xff", 12};
  return bytes.starts_with(mapped) ? address_in_block(bytes.substr(mapped.size())) : made;
}

} // namespace

std::size_t proxy_header_reader::room() const noexcept {
  if (progress_ != proxy_progress::more)
    return 0;
  if (held_.size() < shortest)
    return shortest - held_.size();
  if (held_.starts_with(line_start))
    return held_.ends_with('\r') ? 1 : std::min<std::size_t>(2, proxy_line_bytes_max - held_.size());
  if (held_.size() < fixed_bytes)
    return fixed_bytes - held_.size();
  return fixed_bytes + number_at(held_, 14) - held_.size();
}

proxy_progress proxy_header_reader::take(std::string_view bytes) {
  TROUPE_EXPECT(bytes.size() <= room());
  held_ += bytes;
  if (both_begin_alike(held_, line_start))
    progress_ = read_line();
  else if (both_begin_alike(held_, block_start))
    progress_ = read_block();
  else
    progress_ = proxy_progress::broken;
  if (progress_ != proxy_progress::more)
    held_ = {};
  return progress_;
}

// §2.1: "PROXY TCP4 192.0.2.7 192.0.2.1 4242 25", or "PROXY UNKNOWN" and anything.
proxy_progress proxy_header_reader::read_line() {
  std::string_view rest = held_;
  if (!rest.ends_with("\r\n"))
    return rest.size() < proxy_line_bytes_max && rest.find('\n') == rest.npos ? proxy_progress::more
                                                                              : proxy_progress::broken;
  rest.remove_suffix(2);
  if (!rest.starts_with(line_start) || !std::all_of(rest.begin(), rest.end(), is_printable))
    return proxy_progress::broken;
  rest.remove_prefix(line_start.size());
  const auto family = next_word(rest);
  if (family == "UNKNOWN")
    return proxy_progress::whole;
  if (family != "TCP4" && family != "TCP6")
    return proxy_progress::broken;
  const auto from_text = next_word(rest);
  const auto from = parse_ip_address(from_text);
  const auto to = parse_ip_address(next_word(rest));
  const auto port = port_in_line(next_word(rest));
  const bool good = from && to && port && port_in_line(rest)
                    && (family == "TCP6") == (from_text.find(':') != from_text.npos);
  if (!good)
    return proxy_progress::broken;
  client_ = {true, *from, *port};
  return proxy_progress::whole;
}

// §2.2: signature, version and command, family and transport, length; then so many bytes.
proxy_progress proxy_header_reader::read_block() {
  const std::string_view all = held_;
  if (all.size() < fixed_bytes)
    return proxy_progress::more;
  const auto command = byte_at(all, 12);
  const auto length = number_at(all, 14);
  if ((command != 0x20 && command != 0x21) || length > proxy_block_bytes_max)
    return proxy_progress::broken;
  if (all.size() < fixed_bytes + length)
    return proxy_progress::more;
  if (command == 0x20) // LOCAL: whatever the addresses say
    return proxy_progress::whole;
  return read_addresses(all.substr(fixed_bytes), byte_at(all, 13));
}

proxy_progress proxy_header_reader::read_addresses(std::string_view block, unsigned family) {
  constexpr unsigned unspecified = 0x00, tcp4 = 0x11, tcp6 = 0x21, local_stream = 0x31;
  constexpr std::size_t local_bytes = 216;
  switch (family) {
    case unspecified: return proxy_progress::whole;
    case local_stream: return block.size() < local_bytes ? proxy_progress::broken : proxy_progress::whole;
    case tcp4:
    case tcp6: break;
    default: return proxy_progress::broken; // datagrams carry no SMTP
  }
  const std::size_t size = family == tcp4 ? 4 : 16;
  if (block.size() < 2 * size + 4)
    return proxy_progress::broken;
  client_ = {true, address_in_block(block.substr(0, size)), static_cast<std::uint16_t>(number_at(block, 2 * size))};
  return proxy_progress::whole;
}

} // namespace troupe::smtp
