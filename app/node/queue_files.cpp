#include "app/node/queue_files.hpp"

#include "app/node/compose.hpp"

#include <algorithm>
#include <filesystem>
#include <thread>

namespace troupe::app {

namespace {

/// Half of the lanes of message ids are the shards'.
constexpr unsigned shards_max = lanes_max / 2;

unsigned shard_count(const config& from) {
  const auto wanted = from.node.shards != 0 ? from.node.shards
                                            : std::max(1u, std::thread::hardware_concurrency());
  auto count = std::min(wanted, shards_max);
  std::error_code ignored;
  while (count < shards_max && std::filesystem::exists(shard_directory(from, count), ignored))
    ++count;
  return count;
}

} // namespace

std::vector<opened_shard> open_shards(const config& from, wall_time id_floor, wall_time started) {
  std::vector<opened_shard> all(shard_count(from));
  std::vector<std::thread> openers;
  for (unsigned i = 0; i < all.size(); ++i)
    openers.emplace_back([&from, &one = all[i], i, id_floor, started] {
      one.number = i;
      auto opened = storage::queue_store::open(make_store_options(from, i, id_floor, started));
      if (opened)
        one.store = std::move(*opened);
      else
        one.why = opened.error();
    });
  for (auto& each : openers)
    each.join();
  return all;
}

} // namespace troupe::app
