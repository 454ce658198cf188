// The greylist's file: whatever stands in it, what was read is written and read alike.

#include "actors/policy/greylist.hpp"
#include "net/core/expect.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe;
  const wall_time now{std::chrono::hours{24 * 365 * 50}};
  policy::greylist first({}, 1);
  first.load({reinterpret_cast<const char*>(data), size}, now);
  const auto text = first.save();
  policy::greylist second({}, 1);
  second.load(text, now);
  TROUPE_EXPECT(second.save() == text);
  static_cast<void>(second.wait_for(*parse_ip_address("192.0.2.7"), {}, {"a", "b.test"}, now));
  return 0;
}
