// Any bytes as a word of a SHADOW and as the rows it keeps: refused, or read as
// what is spelt alike when it is written again, and then the machine takes it without harm.

#include "actors/policy/cluster/shadow.hpp"
#include "actors/policy/cluster/shadow_codec.hpp"
#include "net/core/expect.hpp"

#include <cstddef>
#include <cstdint>

namespace {

using namespace troupe;
using namespace troupe::policy;

void tell(const shadow_message& what) {
  steady_time now{std::chrono::hours{1}};
  shadow machine{{}, {1}, first_life(1), now};
  machine.set_peers({{.id = {2}, .load = {.room_bytes = 1u << 20}}, {.id = {3}, .load = {.room_bytes = 1u << 20}}});
  machine.restore(custody_row{.id = {7}, .by = {1, {2}}, .holders = {{1}, {3}}});
  machine.restored(now);
  machine.standing_changed(true, first_life(1), now);
  machine.keep({8}, 100, now);
  machine.kept_here({8}, now);
  for (int i = 0; i < 2; ++i) {
    machine.receive({2}, what, true, now);
    now += seconds{1};
    machine.tick(now, true);
  }
  for (std::size_t steps = 0; machine.next(); ++steps)
    TROUPE_EXPECT(steps < 20 * shadow_items_max);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  if (const auto row = decode_custody({7}, bytes))
    TROUPE_EXPECT(*decode_custody({7}, encode_custody(*row)) == *row);
  if (const auto what = decode_notice(1, bytes))
    TROUPE_EXPECT(*decode_notice(1, encode_notice(*what)) == *what);
  const auto parcel = decode_shadow(bytes);
  if (!parcel)
    return 0;
  const auto written = encode_shadow(*parcel);
  TROUPE_EXPECT(written.size() <= shadow_bytes_max && encode_shadow(*decode_shadow(written)) == written);
  if (const auto* const word = std::get_if<shadow_word>(&*parcel))
    tell(word->what);
  return 0;
}
