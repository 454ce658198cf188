// Any text as a users file: refused with its lines, or a table that knows its names.

#include "net/core/expect.hpp"
#include "net/sasl/users_file.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe::sasl;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto users = parse_users(text);
  if (!users) {
    TROUPE_EXPECT(users.error().detail.find("line ") == 0);
    return 0;
  }
  TROUPE_EXPECT((users->find("nobody at all", "key").kept == nullptr) == (users->size() == 0));
  if (users->has_verifiers()) {
    const auto made = users->find_verifier("nobody at all", "key");
    const auto again = parse_scram_verifier(to_string(made.verifier));
    TROUPE_EXPECT(again.ok() && *again == made.verifier);
  }
  return 0;
}
