// Any bytes as a GOVERNOR's word: refused, or its own spelling comes out the same, and the
// machines on both sides take it without harm or lending more than there is.

#include "actors/policy/cluster/hop_borrower.hpp"
#include "actors/policy/cluster/hop_codec.hpp"
#include "actors/policy/cluster/hop_lender.hpp"
#include "net/core/expect.hpp"

#include <cstddef>
#include <cstdint>

using namespace troupe;
using namespace troupe::policy;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto word = decode_hop_word({reinterpret_cast<const char*>(data), size});
  if (!word)
    return 0;
  const steady_time now{std::chrono::hours{1}};
  if (const auto* asked = std::get_if<hop_request>(&*word)) {
    TROUPE_EXPECT(encode(std::get<hop_request>(*decode_hop_word(encode(*asked)))) == encode(*asked));
    hop_lender lender{{asked->sessions, seconds{10}, asked->breaker}, 3, now - std::chrono::minutes{10}};
    TROUPE_EXPECT(lender.lend({1}, asked->ask, 3, now).sessions <= asked->sessions);
    TROUPE_EXPECT(lender.lend({2}, asked->ask, 3, now).sessions <= asked->sessions);
    TROUPE_EXPECT(lender.out(now) <= asked->sessions);
    return 0;
  }
  const auto& lent = std::get<loan>(*word);
  TROUPE_EXPECT(encode(std::get<loan>(*decode_hop_word(encode(lent)))) == encode(lent));
  hop_borrower borrower{{}, lent.hop, 3, now};
  static_cast<void>(borrower.ask(5, 3, now));
  borrower.receive(lent, now);
  static_cast<void>(borrower.allowed(now));
  return 0;
}
