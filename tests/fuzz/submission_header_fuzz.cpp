// Any message through a submission's header: whatever the split, the same comes out, and
// nothing of what came in is lost.

#include "actors/policy/submission_header.hpp"
#include "net/core/expect.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

std::string through(std::string_view bytes, std::size_t piece) {
  troupe::policy::submission_header header{"Date: d\r\n", "Message-ID: <m>\r\n"};
  std::string out;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    header.take(bytes.substr(0, piece), out);
  header.finish(out);
  return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const auto whole = through(bytes, size + 1);
  TROUPE_EXPECT(whole == through(bytes, 1) && whole == through(bytes, 5));
  std::size_t at = 0;
  for (const char c : bytes) {
    at = whole.find(c, at);
    TROUPE_EXPECT(at != whole.npos);
    ++at;
  }
  TROUPE_EXPECT(whole.size() <= bytes.size() + 40);
  return 0;
}
