// A whole session: any bytes, any split, any verdicts. There are never more messages
// than ends of data in the bytes, and in strict mode no body has a bare newline.

#include "tests/fuzz/session_driver.hpp"

#include <cstddef>
#include <cstdint>

namespace {

/// Every place where a message could end, found the slow way: after CRLF.CRLF, after
/// a first line that is a dot, and after "LAST" in the chunks' commands.
unsigned ends_at_most(std::string_view wire) {
  unsigned ends = 0;
  for (std::size_t at = 0; at + 5 <= wire.size(); ++at)
    ends += wire.substr(at, 5) == "\r\n.\r\n" ? 1 : 0;
  for (std::size_t at = 0; at + 4 <= wire.size(); ++at) {
    const auto word = wire.substr(at, 4);
    ends += (word[0] | 32) == 'l' && (word[1] | 32) == 'a' && (word[2] | 32) == 's'
                && (word[3] | 32) == 't'
              ? 1
              : 0;
  }
  return ends;
}

bool has_bare_newline(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
      return true;
    if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'))
      return true;
  }
  return false;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe;
  std::string_view input{reinterpret_cast<const char*>(data), size};
  if (input.size() < 8)
    return 0;
  const auto seed = input.substr(0, 8);
  input.remove_prefix(8);
  smtp::session_options options;
  options.message_bytes_max = 200; // low, so that short inputs reach the limits
  options.line_bytes_max = 100;
  options.received_hops_max = 2;
  options.recipients_max = 3;
  options.logins = smtp::login_use::optional;
  if (seed[0] % 2 != 0)
    options.bare_newline = smtp::bare_newline::normalize;
  options.starttls = static_cast<smtp::tls_use>(static_cast<unsigned char>(seed[2]) % 3);
  fuzz::session_driver driver{options, fuzz::choices{seed}};
  const std::string wire = seed[1] % 2 != 0
                             ? std::string{input}
                             : "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n" + std::string{input};
  driver.run(wire);
  TROUPE_EXPECT(driver.commits() <= ends_at_most(wire));
  auto bodies = std::string_view{driver.bodies()};
  while (!bodies.empty() && bodies.find('\0') != bodies.npos) { // a NUL of a body cuts harmlessly
    const auto end = bodies.find('\0');
    const bool cut_in_a_body = input.find('\0') != input.npos;
    TROUPE_EXPECT(cut_in_a_body || !has_bare_newline(bodies.substr(0, end)));
    bodies.remove_prefix(end + 1);
  }
  return 0;
}
