// Any bytes as Dovecot's, split anywhere: no verdict before it was asked, and one at most.

#include "net/core/expect.hpp"
#include "net/sasl/dovecot_client.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe::sasl;
  std::string_view bytes{reinterpret_cast<const char*>(data), size};
  dovecot_client client{1};
  if (size > 0 && (data[0] & 1) != 0)
    client.receive("VERSION\t1\t2\nMECH\tPLAIN\nDONE\n");
  bool asked = false;
  while (!bytes.empty() && client.state() != dovecot_state::broken) {
    const auto some = std::min<std::size_t>(1 + static_cast<unsigned char>(bytes.front()) % 16, bytes.size());
    if (client.state() == dovecot_state::ready && !asked) {
      asked = true;
      const auto line = client.ask({"ann\t\n", secret{"word\n"}, "192.0.2.1"});
      TROUPE_EXPECT(line.ends_with('\n') && line.find('\n') == line.size() - 1);
    }
    client.receive(bytes.substr(0, some));
    bytes.remove_prefix(some);
    if (client.take_verdict())
      TROUPE_EXPECT(std::exchange(asked, false) && !client.take_verdict());
  }
  TROUPE_EXPECT(client.state() != dovecot_state::broken || !client.flaw().empty());
  return 0;
}
