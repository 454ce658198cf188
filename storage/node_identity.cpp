#include "storage/node_identity.hpp"

#include "net/core/expect.hpp"
#include "net/core/message_id.hpp"
#include "storage/durable_file.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <random>
#include <string_view>

namespace troupe::storage {

namespace {

constexpr std::string_view first_line = "troupe-node 1";
constexpr std::size_t file_bytes_max = 256;

struct identity_file {
  unsigned number;
  wall_time reserved;
};

/// "NAME VALUE\n" off the front of `text`.
bool take_line(std::string_view& text, std::string_view name, std::int64_t& value) {
  if (!text.starts_with(name) || text.size() == name.size() || text[name.size()] != ' ')
    return false;
  text.remove_prefix(name.size() + 1);
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end == text.data() + text.size() || *end != '\n' || value < 0)
    return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

/// Behind it an id has no bits left for the time.
wall_time reserved_max() {
  return born_at({std::numeric_limits<std::int64_t>::max()}) - id_reserve;
}

result<identity_file> parse(std::string_view text, const std::string& path) {
  const error foreign{errc::storage_foreign,
                      path + " is damaged or not ours; restore it, or remove it if this node has no "
                             "other data, and a new identity is drawn"};
  if (!text.starts_with(std::string(first_line) + '\n'))
    return foreign;
  text.remove_prefix(first_line.size() + 1);
  std::int64_t number = 0;
  std::int64_t reserved = 0;
  if (!take_line(text, "number", number) || !take_line(text, "reserved_ms", reserved)
      || !text.empty() || number >= node_numbers_max)
    return foreign;
  const wall_time until{milliseconds{reserved}};
  if (until > reserved_max())
    return foreign;
  return identity_file{static_cast<unsigned>(number), until};
}

std::string print(const identity_file& what) {
  return std::string(first_line) + "\nnumber " + std::to_string(what.number) + "\nreserved_ms "
         + std::to_string(what.reserved.time_since_epoch().count()) + '\n';
}

} // namespace

node_identity::node_identity(std::string path, unsigned number, wall_time floor, steady_time ticks)
  : path_(std::move(path)), number_(number), floor_(floor), reached_(floor), reserved_(floor),
    ticks_(ticks) {
  TROUPE_EXPECT(number < node_numbers_max);
}

result<node_identity> node_identity::open(const std::string& data_dir, wall_time now,
                                          steady_time ticks) {
  const auto path = data_dir + "/node.id";
  identity_file found{};
  if (const auto text = read_file(path, file_bytes_max); text) {
    auto parsed = parse(*text, path);
    if (!parsed)
      return parsed.error();
    found = *parsed;
  } else if (text.error().code == errc::limit_exceeded) {
    return parse("", path).error();
  } else if (text.error().code == errc::not_found) {
    found.number = std::random_device{}() % node_numbers_max;
  } else {
    return text.error();
  }
  node_identity made{path, found.number, found.reserved, ticks};
  if (auto reserved = made.extend(now, ticks); !reserved)
    return reserved.error();
  return made;
}

status node_identity::extend(wall_time now, steady_time ticks) {
  const auto passed = std::chrono::duration_cast<milliseconds>(ticks - ticks_);
  // A lane makes at most 32 ids in a millisecond before it borrows from the future,
  // so however the wall clock jumps, ids are not faster than the steady one.
  reached_ = std::max(now, reached_ + std::max(passed, milliseconds{0}));
  ticks_ = std::max(ticks, ticks_);
  if (reached_ + id_reserve / 2 <= reserved_)
    return {};
  const auto ahead = reached_ + id_reserve;
  if (auto written = replace_file(path_, print({number_, ahead})); !written)
    return written;
  reserved_ = ahead;
  return {};
}

} // namespace troupe::storage
