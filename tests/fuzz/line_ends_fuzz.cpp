// Bodies on their way into a Maildir: where the chunks were cut means nothing, and only
// the CR of a CRLF is lost.

#include "net/core/expect.hpp"
#include "storage/line_ends.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using troupe::storage::lf_lines;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  std::string expected;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text.substr(i, 2) != "\r\n")
      expected += text[i];
  for (const std::size_t step : {size + 1, std::size_t{1}, std::size_t{2}, std::size_t{3}}) {
    lf_lines lines;
    std::string made;
    for (std::size_t at = 0; at < text.size(); at += step)
      lines.take(text.substr(at, step), made);
    lines.finish(made);
    TROUPE_EXPECT(made == expected);
  }
  return 0;
}
