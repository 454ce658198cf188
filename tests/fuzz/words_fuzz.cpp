// The small words of configuration, queries and command lines: what reads prints as
// something that reads the same.

#include "actors/policy/domain_pattern.hpp"
#include "app/config/quantity.hpp"
#include "app/words/terminal_text.hpp"
#include "net/core/address_text.hpp"
#include "net/core/expect.hpp"
#include "net/core/ip_address.hpp"
#include "net/core/mailbox.hpp"
#include "net/core/message_id.hpp"
#include "net/io/http_address.hpp"
#include "net/io/unbound_context.hpp"
#include "net/smtp/xtext.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using namespace troupe;

void check_quantities(std::string_view text) {
  if (const auto time = app::parse_duration(text)) {
    const auto again = app::parse_duration(app::print_duration(*time));
    TROUPE_EXPECT(*time >= time->zero() && *time <= app::duration_max && again && *again == *time);
  }
  if (const auto bytes = app::parse_size(text)) {
    const auto again = app::parse_size(app::print_size(*bytes));
    TROUPE_EXPECT(*bytes <= app::size_max && again && *again == *bytes);
  }
}

void check_addresses(std::string_view text) {
  if (const auto address = parse_ip_address(text)) {
    const auto again = parse_ip_address(to_string(*address));
    const auto literal = parse_ip_literal(to_literal(*address));
    TROUPE_EXPECT(again && *again == *address && literal && *literal == *address);
  }
  if (const auto literal = parse_ip_literal(text))
    TROUPE_EXPECT(parse_ip_address(to_string(*literal)).value() == *literal);
  if (const auto network = parse_ip_network(text)) {
    const auto again = parse_ip_network(to_string(*network));
    TROUPE_EXPECT(again && *again == *network && network->contains(network->address));
  }
  if (const auto served = io::parse_http_address(text); served && !served->is_unix)
    TROUPE_EXPECT(parse_ip_address(served->host));
  if (const auto server = io::forward_address(text))
    TROUPE_EXPECT(parse_ip_address(std::string_view{*server}.substr(0, server->find('@'))));
}

void check_names(std::string_view text) {
  if (const auto id = parse_message_id(text)) {
    const auto printed = to_string(*id);
    TROUPE_EXPECT(id->value >= 0 && equal_ignoring_case(printed, text));
  }
  if (const auto plain = smtp::decode_xtext(text))
    TROUPE_EXPECT(plain->size() <= text.size());
  policy::domain_pattern_index index;
  if (index.add(text, 1) && text.find('*') == std::string_view::npos)
    TROUPE_EXPECT(index.find_key(domain_key(text)));
}

void check_terminal(std::string_view text) {
  const auto line = app::terminal_line(text);
  TROUPE_EXPECT(is_utf8(line) && app::terminal_line(line) == line);
  const auto commands = [](char c) { return is_ascii(c) && !is_printable(c); };
  TROUPE_EXPECT(std::none_of(line.begin(), line.end(), commands));
  const auto lines = app::terminal_lines(text);
  TROUPE_EXPECT(is_utf8(lines) && lines.find_first_of("\r\x1b") == std::string::npos);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_quantities(text);
  check_addresses(text);
  check_names(text);
  check_terminal(text);
  return 0;
}
