// PROXY headers: split anywhere they read alike, no byte beyond the header is taken, and
// the bounds hold.

#include "net/core/expect.hpp"
#include "net/smtp/proxy_header.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace {

using namespace troupe::smtp;

struct reading {
  proxy_header_reader reader;
  std::size_t taken = 0;
};

reading read(std::string_view wire, std::size_t step) {
  reading one;
  while (one.reader.progress() == proxy_progress::more && one.taken < wire.size()) {
    TROUPE_EXPECT(one.reader.room() > 0);
    const auto some = wire.substr(one.taken, std::min(step, one.reader.room()));
    one.taken += some.size();
    one.reader.take(some);
  }
  return one;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view wire{reinterpret_cast<const char*>(data), size};
  const auto slow = read(wire, 1);
  const auto fast = read(wire, 1 << 20);
  TROUPE_EXPECT(slow.reader.progress() == fast.reader.progress());
  TROUPE_EXPECT(fast.taken <= proxy_block_bytes_max + 16);
  const auto& client = fast.reader.client();
  TROUPE_EXPECT(client.is_known == slow.reader.client().is_known && client.address == slow.reader.client().address);
  if (fast.reader.progress() != proxy_progress::whole) {
    TROUPE_EXPECT(!client.is_known);
    return 0;
  }
  TROUPE_EXPECT(slow.taken == fast.taken && fast.reader.room() == 0);
  TROUPE_EXPECT(client.is_known == (client.address.family != troupe::ip_family::none));
  return 0;
}
