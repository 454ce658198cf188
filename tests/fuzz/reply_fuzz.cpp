// Any bytes at any split give the same replies, clean and within their bounds.

#include "net/core/address_text.hpp"
#include "net/core/expect.hpp"
#include "net/smtp/reply_parser.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

using namespace troupe;
using namespace troupe::smtp;

namespace {

std::vector<reply> replies(std::string_view bytes, std::size_t piece) {
  const reply_limits limits;
  reply_parser parser{limits};
  std::vector<reply> all;
  while (!bytes.empty()) {
    auto part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    while (!part.empty()) {
      switch (parser.read(part)) {
        case reply_progress::partial: break;
        case reply_progress::whole: all.push_back(parser.words()); break;
        case reply_progress::broken:
          all.push_back({0, "", {std::string(parser.flaw())}});
          return all;
      }
    }
  }
  return all;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto all = replies(bytes, std::string_view::npos);
  TROUPE_EXPECT(all == replies(bytes, 1));
  TROUPE_EXPECT(all == replies(bytes, 1 + data[0]));
  for (const auto& one : all) {
    TROUPE_EXPECT(!one.lines.empty());
    TROUPE_EXPECT(one.code == 0 || (one.code >= 200 && one.code < 600));
    std::size_t total = 0;
    for (const auto& line : one.lines) {
      total += line.size();
      TROUPE_EXPECT(line.size() <= reply_line_bytes_max && is_utf8(line));
      TROUPE_EXPECT(std::none_of(line.begin(), line.end(),
                                 [](char c) { return is_ascii(c) && !is_printable(c); }));
    }
    TROUPE_EXPECT(total <= reply_words_bytes_max);
  }
  return 0;
}
