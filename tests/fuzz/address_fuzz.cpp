// Mailboxes: what parses must print as something that parses to the same.

#include "net/core/expect.hpp"
#include "net/core/mailbox.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  for (const auto letters : {utf8::refused, utf8::allowed}) {
    const auto who = parse_mailbox(text, letters);
    if (!who)
      continue;
    const auto printed = to_string(*who);
    const auto again = parse_mailbox(printed, letters);
    TROUPE_EXPECT(again && *again == *who);
    TROUPE_EXPECT(printed.size() <= text.size()); // so that limits hold on the way out too
    TROUPE_EXPECT(printed.find_first_of("\r\n") == std::string::npos);
  }
  (void)domain_key(text);
  return 0;
}
