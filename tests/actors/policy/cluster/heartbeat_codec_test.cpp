#include "actors/policy/cluster/heartbeat_codec.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;
using namespace std::chrono_literals;

namespace {

member_row row_of(std::uint64_t id, std::string name = "mx1") {
  return {.id = {id}, .name = std::move(name), .address = "10.0.0.1:4920", .number = 4095,
          .life = first_life(7), .left = false};
}

heartbeat full_beat() {
  heartbeat beat;
  beat.speaks = our_wire_versions;
  beat.from = row_of(0xFEDCBA9876543210);
  beat.sequence = 300;
  beat.echo_life = first_life(2);
  beat.echo = ~std::uint64_t{0};
  beat.view = 0x0123456789ABCDEF;
  beat.load = {.queued = 12345, .wait = 6s, .room_bytes = 1ull << 60, .draining = true, .leaving = true};
  beat.members = {{row_of(2, "mx2"), member_state::alive}, {row_of(3, "mx3"), member_state::left}};
  beat.members[1].row.left = true;
  beat.members[1].row.address = "";
  return beat;
}

bool same(const heartbeat& a, const heartbeat& b) {
  if (a.members.size() != b.members.size())
    return false;
  for (std::size_t i = 0; i < a.members.size(); ++i)
    if (a.members[i].row != b.members[i].row || a.members[i].seen != b.members[i].seen)
      return false;
  return a.speaks.lowest == b.speaks.lowest && a.speaks.highest == b.speaks.highest && a.from == b.from
         && a.sequence == b.sequence && a.echo_life == b.echo_life && a.echo == b.echo && a.view == b.view
         && a.load == b.load;
}

} // namespace

TEST_CASE("a heartbeat comes out of the wire as it went in", "[cluster]") {
  const auto beat = full_beat();
  const auto read = decode_heartbeat(encode_heartbeat(beat));
  REQUIRE(read);
  CHECK(same(*read, beat));
}

TEST_CASE("a heartbeat that is cut anywhere, or has more behind it, is none", "[cluster]") {
  const auto bytes = encode_heartbeat(full_beat());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(decode_heartbeat(std::string_view(bytes).substr(0, size)));
  }
  CHECK_FALSE(decode_heartbeat(bytes + '\0'));
}

TEST_CASE("a heartbeat of as many members with the longest names as there may be is taken", "[cluster]") {
  auto beat = full_beat();
  beat.members.clear();
  for (std::size_t i = 0; i < members_max; ++i) {
    auto row = row_of(i + 1, std::string(member_name_bytes_max, 'n'));
    row.address = std::string(member_address_bytes_max, 'a');
    row.life.value = ~std::uint64_t{0};
    beat.members.push_back({row, member_state::dead});
  }
  const auto bytes = encode_heartbeat(beat);
  CHECK(bytes.size() <= heartbeat_bytes_max);
  CHECK(decode_heartbeat(bytes));
}

TEST_CASE("a heartbeat that is too long, or announces too many members, is refused unread", "[cluster]") {
  CHECK_FALSE(decode_heartbeat(std::string(heartbeat_bytes_max + 1, '\1')));
  auto beat = full_beat();
  beat.members.clear();
  auto bytes = encode_heartbeat(beat);
  bytes.back() = static_cast<char>(members_max + 1);
  CHECK_FALSE(decode_heartbeat(bytes + std::string(members_max * 20, '\1')));
}

TEST_CASE("names and addresses that could command a terminal or a file are no member's", "[cluster]") {
  CHECK(is_member_name("mx-1.Example_org"));
  CHECK_FALSE(is_member_name(""));
  CHECK_FALSE(is_member_name("a/b"));
  CHECK_FALSE(is_member_name("a\x1b[2J"));
  CHECK_FALSE(is_member_name(std::string(member_name_bytes_max + 1, 'a')));
  CHECK(is_member_address("[fe80::1%eth0]:4920"));
  CHECK(is_member_address(""));
  CHECK_FALSE(is_member_address("a b:1"));
  CHECK_FALSE(is_member_address("\x80:1"));
  auto bytes = encode_member(row_of(1, "aaaa"));
  bytes[bytes.find("aaaa")] = '\n';
  CHECK_FALSE(decode_member(bytes));
}

TEST_CASE("of a foreign version only who speaks is read, so that it can be refused by name", "[cluster]") {
  auto beat = full_beat();
  beat.speaks = {2, 3};
  auto bytes = encode_heartbeat(beat);
  bytes += "what only version 3 knows";
  const auto read = decode_heartbeat(bytes);
  REQUIRE(read);
  CHECK(read->speaks.lowest == 2);
  CHECK(read->from.name == "mx1");
  CHECK(read->members.empty());
}

TEST_CASE("a later version that still speaks ours may say more", "[cluster]") {
  auto beat = full_beat();
  beat.speaks = {1, 2};
  const auto read = decode_heartbeat(encode_heartbeat(beat) + "more");
  REQUIRE(read);
  CHECK(same(*read, beat));
}

TEST_CASE("versions that contradict themselves are no heartbeat", "[cluster]") {
  auto beat = full_beat();
  beat.speaks = {2, 1};
  CHECK_FALSE(decode_heartbeat(encode_heartbeat(beat)));
  beat.speaks = {0, 1};
  CHECK_FALSE(decode_heartbeat(encode_heartbeat(beat)));
}

TEST_CASE("a member's row is kept as it is, and one of a later version is foreign", "[cluster]") {
  auto row = row_of(9);
  row.left = true;
  const auto bytes = encode_member(row);
  const auto read = decode_member(bytes);
  REQUIRE(read);
  CHECK(*read == row);
  CHECK(decode_member('\2' + bytes.substr(1)).error().code == errc::storage_foreign);
  CHECK(decode_member(bytes + "x").error().code == errc::malformed);
  row.id = {};
  CHECK_FALSE(decode_member(encode_member(row)));
}
