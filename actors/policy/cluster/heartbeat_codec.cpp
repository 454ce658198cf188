#include "actors/policy/cluster/heartbeat_codec.hpp"

#include "net/core/expect.hpp"
#include "net/core/packing.hpp"

#include <algorithm>
#include <limits>

namespace troupe::policy {

namespace {

constexpr std::uint64_t member_version = 1;
constexpr auto number_most = std::numeric_limits<std::uint16_t>::max();
/// As far as one can reckon with a wait.
constexpr std::uint64_t wait_ms_max = 1ull << 52;

void put_versions(packer& to, wire_versions speaks) {
  to.number(speaks.lowest);
  to.number(speaks.highest);
}

void put_member(packer& to, const member_row& row) {
  TROUPE_EXPECT(is_member_name(row.name) && is_member_address(row.address));
  to.number(row.id.value);
  to.text(row.name);
  to.text(row.address);
  to.number(row.number);
  to.number(row.life.value);
  to.number(row.left ? 1 : 0);
}

member_row take_member(unpacker& from) {
  member_row row;
  row.id = {from.number()};
  row.name = from.text(member_name_bytes_max);
  row.address = from.text(member_address_bytes_max);
  row.number = from.number_up_to(number_most);
  row.life = {from.number()};
  row.left = from.number_up_to(1) == 1;
  if (from.good() && (row.id == node_id{} || !is_member_name(row.name) || !is_member_address(row.address)))
    from.fail();
  return row;
}

void put_load(packer& to, const node_load& load) {
  to.number(load.queued);
  to.number(std::min(static_cast<std::uint64_t>(std::max(load.wait, milliseconds{0}).count()), wait_ms_max));
  to.number(load.room_bytes);
  to.number(load.draining ? 1 : 0);
  to.number(load.leaving ? 1 : 0);
}

node_load take_load(unpacker& from) {
  node_load load;
  load.queued = from.number();
  load.wait = milliseconds{from.number_up_to(wait_ms_max)};
  load.room_bytes = from.number();
  load.draining = from.number_up_to(1) == 1;
  load.leaving = from.number_up_to(1) == 1;
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
  std::string bytes;
  packer to{bytes};
  put_versions(to, beat.speaks);
  put_member(to, beat.from);
  to.number(beat.sequence);
  to.number(beat.echo_life.value);
  to.number(beat.echo);
  to.number(beat.view);
  put_load(to, beat.load);
  to.number(beat.members.size());
  for (const auto& each : beat.members) {
    put_member(to, each.row);
    to.number(static_cast<std::uint64_t>(each.seen));
  }
  return bytes;
}

result<heartbeat> decode_heartbeat(std::string_view bytes) {
  if (bytes.size() > heartbeat_bytes_max)
    return error{errc::malformed, "a heartbeat above " + std::to_string(heartbeat_bytes_max) + " bytes"};
  unpacker from{bytes};
  heartbeat beat;
  beat.speaks.lowest = from.number_up_to(number_most);
  beat.speaks.highest = from.number_up_to(number_most);
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
  beat.view = from.number();
  beat.load = take_load(from);
  const auto many = from.number_up_to(members_max);
  for (std::size_t i = 0; i < many && from.good(); ++i) {
    auto row = take_member(from);
    beat.members.push_back({std::move(row), from.number_up_to(member_state::left)});
  }
  // A later version that still speaks ours may say more behind it.
  const bool whole = from.good() && (from.left() == 0 || beat.speaks.highest > our_wire_versions.highest);
  if (!whole)
    return no_heartbeat;
  return beat;
}

std::string encode_member(const member_row& row) {
  std::string bytes;
  packer to{bytes};
  to.number(member_version);
  put_member(to, row);
  return bytes;
}

result<member_row> decode_member(std::string_view bytes) {
  unpacker from{bytes};
  const auto version = from.number();
  if (version > member_version)
    return error{errc::storage_foreign, "a member's row of a later version"};
  auto row = take_member(from);
  if (!from.good() || from.left() != 0 || version != member_version)
    return error{errc::malformed, "no member's row"};
  return row;
}

} // namespace troupe::policy
