// A message in chunks, cut where the fuzzer likes: what is committed is what was sent
// (strict) or what it normalises to, whatever is in it and however it is split.

#include "tests/fuzz/session_driver.hpp"

#include <cstddef>
#include <cstdint>

namespace {

std::string normalised(std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
      all += '\r';
    all += text[i];
    if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'))
      all += '\n';
  }
  return all;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe;
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  if (input.size() < 4)
    return 0;
  const auto seed = input.substr(0, 4);
  const auto text = input.substr(4);
  smtp::session_options options;
  options.received_hops_max = 1000;
  if (seed[0] % 2 != 0)
    options.bare_newline = smtp::bare_newline::normalize;

  fuzz::choices cuts{seed};
  std::string wire = "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n";
  for (auto rest = text; !rest.empty();) {
    const auto part = rest.substr(0, 1 + cuts.next() % 50);
    (wire += "BDAT " + std::to_string(part.size()) + "\r\n") += part;
    rest.remove_prefix(part.size());
  }
  wire += "BDAT 0 LAST\r\nQUIT\r\n";

  // A dice of ones: every verdict is yes.
  fuzz::session_driver driver{options, fuzz::choices{"\1"}};
  driver.run(wire);
  const auto whole = normalised(text);
  const bool kept = options.bare_newline == smtp::bare_newline::normalize || whole == text;
  TROUPE_EXPECT(driver.commits() == (kept ? 1u : 0u));
  TROUPE_EXPECT(driver.bodies() == (kept ? whole + '\0' : std::string{}));
  return 0;
}
