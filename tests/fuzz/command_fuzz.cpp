// Command lines and their arguments: nothing unprintable gets into an envelope.

#include "net/core/address_text.hpp"
#include "net/core/expect.hpp"
#include "net/smtp/arguments.hpp"
#include "net/smtp/command.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace {

bool is_clean(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return troupe::is_ascii(c) && !troupe::is_printable(c);
  });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe;
  using namespace troupe::smtp;
  static const session_options options;
  const auto line = parse_command({reinterpret_cast<const char*>(data), size});
  if (!line)
    return 0;
  (void)parse_chunk_size(line->args);
  const auto mail = parse_mail_arguments(line->args, options, peer_trust::trusted);
  if (const auto* read = std::get_if<mail_arguments>(&mail)) {
    TROUPE_EXPECT(is_clean(read->mail.envid) && is_clean(to_string(read->mail.sender)));
    TROUPE_EXPECT(read->mail.priority >= -9 && read->mail.priority <= 9);
  }
  envelope open;
  open.smtputf8 = size % 2 == 0;
  const auto to = parse_rcpt_arguments(line->args, open, options);
  if (const auto* read = std::get_if<recipient>(&to)) {
    TROUPE_EXPECT(is_clean(read->orcpt) && is_clean(to_string(read->address)));
    TROUPE_EXPECT((read->notify & notify_never) == 0 || read->notify == notify_never);
  }
  return 0;
}
