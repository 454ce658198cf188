// Rows of the queue: no bytes may do more than be refused, and what is read must
// come back the same once it is written again.

#include "storage/message_codec.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const auto mail = storage::unpack_message({1}, bytes);
  if (!mail)
    return 0;
  std::string packed;
  storage::pack_message(*mail, packed);
  auto again = storage::unpack_message({1}, packed);
  if (!again || again->recipients.size() != mail->recipients.size() || state_of(*again) != state_of(*mail)
      || due_of(*again) != due_of(*mail))
    std::abort();
  std::string packed_again;
  storage::pack_message(*again, packed_again);
  if (packed != packed_again)
    std::abort();
  return 0;
}
