// Any bytes as the file that says who this node is: it is refused as foreign, or it is
// gone on from, and then the ids of this run are later than all that it reserved.

#include "net/core/expect.hpp"
#include "net/core/message_id.hpp"
#include "storage/node_identity.hpp"

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

namespace {

using namespace troupe;

/// In memory where there is such a place: each input is written and synced.
std::string make_folder() {
  std::string name = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  name += "/troupe-fuzz-XXXXXX";
  TROUPE_EXPECT(::mkdtemp(name.data()) != nullptr);
  return name;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto folder = make_folder();
  static const bool registered = std::atexit([] {
    ::unlink((folder + "/node.id").c_str());
    ::unlink((folder + "/node.id.new").c_str());
    ::rmdir(folder.c_str());
  }) == 0;
  TROUPE_EXPECT(registered);
  std::ofstream(folder + "/node.id", std::ios::binary | std::ios::trunc)
    .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  const wall_time now{std::chrono::hours{24 * 365 * 56}};
  const auto node = storage::node_identity::open(folder, now, steady_time{});
  if (!node) {
    TROUPE_EXPECT(node.error().code == errc::storage_foreign);
    return 0;
  }
  TROUPE_EXPECT(node->number() < node_numbers_max);
  id_source ids{node->number(), lanes_max - 1, node->floor()};
  const auto first = ids.next(now);
  TROUPE_EXPECT(first.value > 0 && born_at(first) >= node->floor() && ids.next(now) > first);
  const auto again = storage::node_identity::open(folder, now, steady_time{});
  TROUPE_EXPECT(again && again->number() == node->number() && again->floor() > node->floor());
  return 0;
}
