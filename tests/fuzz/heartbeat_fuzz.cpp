// Any bytes as a heartbeat and as a member's row: refused, or what is read comes out of
// its own spelling again, and the machine takes it without harm.

#include "actors/policy/cluster/heartbeat_codec.hpp"
#include "net/core/expect.hpp"

#include <cstddef>
#include <cstdint>

namespace {

using namespace troupe;
using namespace troupe::policy;

member_row self() {
  return {.id = {1}, .name = "mx1", .address = "10.0.0.1:4920", .number = 1, .life = first_life(1), .left = false};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  if (const auto row = decode_member(bytes))
    TROUPE_EXPECT(*decode_member(encode_member(*row)) == *row);
  const auto beat = decode_heartbeat(bytes);
  if (!beat)
    return 0;
  TROUPE_EXPECT(is_member_name(beat->from.name) && beat->members.size() <= members_max);
  if (common_version(our_wire_versions, beat->speaks))
    TROUPE_EXPECT(encode_heartbeat(*decode_heartbeat(encode_heartbeat(*beat))) == encode_heartbeat(*beat));
  steady_time now{std::chrono::hours{1}};
  membership machine{{}, self(), {}, now};
  for (int i = 0; i < 2; ++i) {
    machine.receive(*beat, now);
    now += seconds{1};
    machine.tick(now);
  }
  for (std::size_t steps = 0; machine.next(); ++steps)
    TROUPE_EXPECT(steps < 10 * members_max);
  TROUPE_EXPECT(machine.size() <= members_max);
  return 0;
}
