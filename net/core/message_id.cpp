#include "net/core/message_id.hpp"

#include "net/core/expect.hpp"

#include <algorithm>

namespace troupe {

namespace {

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t text_size = 13;
constexpr wall_time epoch{std::chrono::sys_days{std::chrono::year{2024} / 1 / 1}};
constexpr int tick_shift = 17;     // lane and node below
constexpr int sequence_shift = 5;  // sequence below the milliseconds

std::int64_t first_tick(wall_time at) {
  return std::max<std::int64_t>(0, (at - epoch).count()) << sequence_shift;
}

} // namespace

std::string to_string(message_id id) {
  std::string text(text_size, '0');
  auto rest = static_cast<std::uint64_t>(id.value);
  for (auto at = text.rbegin(); at != text.rend(); ++at, rest >>= 5)
    *at = alphabet[rest & 31];
  return text;
}

result<message_id> parse_message_id(std::string_view text) {
  if (text.size() != text_size)
    return error{errc::malformed, "a message id has 13 characters"};
  std::uint64_t value = 0;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos)
      return error{errc::malformed, "not a character of a message id"};
    value = value << 5 | digit;
  }
  if (value >> 63 != 0 || text.front() > '7')
    return error{errc::malformed, "a message id has 63 bits"};
  return message_id{static_cast<std::int64_t>(value)};
}

wall_time born_at(message_id id) noexcept {
  return epoch + milliseconds{id.value >> (tick_shift + sequence_shift)};
}

id_source::id_source(unsigned node_number, unsigned lane, wall_time floor)
  : suffix_(static_cast<std::int64_t>(lane) << 12 | node_number), last_tick_(first_tick(floor)) {
  TROUPE_EXPECT(lane < lanes_max);
  TROUPE_EXPECT(node_number < node_numbers_max);
}

message_id id_source::next(wall_time now) {
  last_tick_ = std::max(last_tick_ + 1, first_tick(now));
  return {last_tick_ << tick_shift | suffix_};
}

} // namespace troupe
