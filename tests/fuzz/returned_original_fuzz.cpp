// What strangers wrote, on its way into a header and back to a sender: fields stay one
// field, and an original stays one part of proper lines.

#include "actors/policy/dsn_original.hpp"
#include "actors/policy/header_field.hpp"
#include "actors/policy/plain_text.hpp"
#include "net/core/expect.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace troupe;

void expect_proper_lines(std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find_first_of(std::string_view{"\r\n\0", 3});
    TROUPE_EXPECT(end != text.npos && end <= policy::line_bytes_max && text.substr(end, 2) == "\r\n");
    text.remove_prefix(end + 2);
  }
}

void check_field(std::string_view text) {
  for (const std::size_t bytes_max : {3u, 80u, 2000u}) {
    TROUPE_EXPECT(policy::is_ascii(policy::one_line(text, bytes_max)));
    const auto value = policy::one_line_utf8(text, bytes_max);
    TROUPE_EXPECT(value.size() <= bytes_max && policy::is_utf8(value));
    if (value.empty())
      continue;
    std::string field;
    policy::append_field(field, "Diagnostic-Code", value);
    expect_proper_lines(field);
    TROUPE_EXPECT(policy::is_utf8(field));
    // Each line after the first goes on with the field, and holds a word.
    for (auto at = field.find("\r\n"); at + 2 < field.size(); at = field.find("\r\n", at + 2))
      TROUPE_EXPECT(field[at + 2] == ' ' && field[at + 3] != ' ' && field[at + 3] != '\r');
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_field(text);
  policy::notice what;
  for (const auto cause : {policy::notice_cause::failed, policy::notice_cause::delayed})
    for (const bool smtputf8 : {false, true})
      for (const std::uint64_t unread : {0, 1}) {
        what.cause = cause;
        what.smtputf8 = smtputf8;
        const auto part = policy::return_original(what, {text, text.size() + unread});
        expect_proper_lines(part.bytes);
        TROUPE_EXPECT(part.eight_bit != policy::is_ascii(part.bytes));
      }
  return 0;
}
