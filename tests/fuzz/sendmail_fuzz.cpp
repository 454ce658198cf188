// troupe-sendmail: whatever stands in a letter, what goes out has only CRLF for line ends,
// no Bcc, and recipients that parse again.

#include "app/sendmail/address_list.hpp"
#include "app/sendmail/letter.hpp"
#include "net/core/expect.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe;
  using namespace troupe::app;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto all = parse_address_list(text))
    for (const auto& each : *all) {
      TROUPE_EXPECT(!each.local.empty());
      TROUPE_EXPECT(each.domain.empty() || parse_mailbox(to_string(each), utf8::allowed).ok());
    }
  const auto made = make_letter(before_final_dot(text), {size % 2 == 0, "a@b.test", "d", "<i@b.test>"});
  if (!made)
    return 0;
  TROUPE_EXPECT(made->text.ends_with("\r\n"));
  for (std::size_t at = 0; at < made->text.size(); ++at) {
    if (made->text[at] == '\r')
      TROUPE_EXPECT(made->text[at + 1] == '\n');
    if (made->text[at] == '\n')
      TROUPE_EXPECT(at > 0 && made->text[at - 1] == '\r');
  }
  const auto header = std::string_view{made->text}.substr(0, made->text.find("\r\n\r\n"));
  TROUPE_EXPECT(header.find("\r\nBcc:") == header.npos && !header.starts_with("Bcc:"));
  return 0;
}
