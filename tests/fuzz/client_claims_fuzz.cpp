// XCLIENT: whatever is accepted is fit for a log line and a Received field.

#include "net/core/address_text.hpp"
#include "net/core/expect.hpp"
#include "net/smtp/client_claims.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe;
  const auto all = smtp::parse_client_claims({reinterpret_cast<const char*>(data), size});
  if (!all)
    return 0;
  for (const auto* text : {&all->name, &all->hello, &all->login})
    if (*text)
      TROUPE_EXPECT(std::all_of((*text)->begin(), (*text)->end(), is_printable) && (*text)->size() <= 255);
  return 0;
}
