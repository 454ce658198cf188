#include "actors/policy/cluster/heartbeat_codec.hpp"

#include "actors/policy/cluster/wire_bytes.hpp"
#include "net/core/expect.hpp"

#include <algorithm>
#include <limits>

namespace troupe::policy {

namespace {

constexpr std::uint64_t member_version = 1;
// id 8, name 2, address 1, number 1, life 1, left 1
constexpr std::size_t member_bytes_min = 14;
constexpr auto number_most = std::numeric_limits<std::uint16_t>::max();
/// As far as one can reckon with a wait.
constexpr std::uint64_t wait_ms_max = 1ull << 52;

void put_versions(wire_writer& to, wire_versions speaks) {
  to.number(speaks.lowest);
  to.number(speaks.highest);
}

void put_member(wire_writer& to, const member_row& row) {
  TROUPE_EXPECT(is_member_name(row.name) && is_member_address(row.address));
  to.word(row.id.value);
  to.text(row.name);
  to.text(row.address);
  to.number(row.number);
  to.number(row.life.value);
  to.flag(row.left);
}

member_row take_member(wire_reader& from) {
  member_row row;
  row.id = {from.word()};
  row.name = from.text(member_name_bytes_max);
  row.address = from.text(member_address_bytes_max);
  row.number = static_cast<std::uint16_t>(from.number(number_most));
  row.life = {from.number()};
  row.left = from.flag();
  if (from.good() && (row.id == node_id{} || !is_member_name(row.name) || !is_member_address(row.address)))
    from.fail();
  return row;
}

void put_load(wire_writer& to, const node_load& load) {
  to.number(load.queued);
  to.number(std::min(static_cast<std::uint64_t>(std::max(load.wait, milliseconds{0}).count()), wait_ms_max));
  to.number(load.room_bytes);
  to.flag(load.draining);
  to.flag(load.leaving);
}

node_load take_load(wire_reader& from) {
  node_load load;
  load.queued = from.number();
  load.wait = milliseconds{from.number(wait_ms_max)};
  load.room_bytes = from.number();
  load.draining = from.flag();
  load.leaving = from.flag();
  return load;
}

bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_'
         || c == '-';
}

const error no_heartbeat{errc::malformed, "no heartbeat"};

} // namespace

bool is_member_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= member_name_bytes_max
         && std::all_of(text.begin(), text.end(), is_name_letter);
}

bool is_member_address(std::string_view text) noexcept {
  return text.size() <= member_address_bytes_max
         && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

std::string encode_heartbeat(const heartbeat& beat) {
  TROUPE_EXPECT(beat.members.size() <= members_max);
  wire_writer to;
  put_versions(to, beat.speaks);
  put_member(to, beat.from);
  to.number(beat.sequence);
  to.number(beat.echo_life.value);
  to.number(beat.echo);
  to.word(beat.view);
  put_load(to, beat.load);
  to.number(beat.members.size());
  for (const auto& each : beat.members) {
    put_member(to, each.row);
    to.number(static_cast<std::uint64_t>(each.seen));
  }
  return to.take();
}

result<heartbeat> decode_heartbeat(std::string_view bytes) {
  if (bytes.size() > heartbeat_bytes_max)
    return error{errc::malformed, "a heartbeat above " + std::to_string(heartbeat_bytes_max) + " bytes"};
  wire_reader from{bytes};
  heartbeat beat;
  beat.speaks.lowest = static_cast<std::uint16_t>(from.number(number_most));
  beat.speaks.highest = static_cast<std::uint16_t>(from.number(number_most));
  if (beat.speaks.lowest == 0 || beat.speaks.lowest > beat.speaks.highest)
    return no_heartbeat;
  beat.from = take_member(from);
  if (!from.good())
    return no_heartbeat;
  if (!common_version(our_wire_versions, beat.speaks))
    return beat;
  beat.sequence = from.number();
  beat.echo_life = {from.number()};
  beat.echo = from.number();
  beat.view = from.word();
  beat.load = take_load(from);
  const auto many = from.count(members_max, member_bytes_min + 1);
  beat.members.reserve(many);
  for (std::size_t i = 0; i < many && from.good(); ++i) {
    auto row = take_member(from);
    const auto seen = from.number(static_cast<std::uint64_t>(member_state::left));
    beat.members.push_back({std::move(row), static_cast<member_state>(seen)});
  }
  // A later version that still speaks ours may say more behind it.
  const bool whole = beat.speaks.highest > our_wire_versions.highest ? from.good() : from.at_end();
  if (!whole)
    return no_heartbeat;
  return beat;
}

std::string encode_member(const member_row& row) {
  wire_writer to;
  to.number(member_version);
  put_member(to, row);
  return to.take();
}

result<member_row> decode_member(std::string_view bytes) {
  wire_reader from{bytes};
  const auto version = from.number();
  if (version > member_version)
    return error{errc::storage_foreign, "a member's row of a later version"};
  auto row = take_member(from);
  if (!from.at_end() || version != member_version)
    return error{errc::malformed, "no member's row"};
  return row;
}

} // namespace troupe::policy
