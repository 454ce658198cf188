#include "actors/policy/cluster/shadow_codec.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace troupe;
using namespace troupe::policy;

namespace {

const custody_row row_of_seven{.id = {7}, .by = {3, {11}}, .hops = 1, .confirmed = 2, .holders = {{12}, {13}}};

std::vector<shadow_word> one_of_each() {
  const carried_letter small{"envelope", "body", false};
  const carried_letter large{"envelope", {}, true};
  const std::vector<peer_notice> all{
    {.sequence = 5, .id = {7}, .kind = notice_kind::settled},
    {.sequence = 6, .id = {8}, .kind = notice_kind::recipients, .recipients = {0, 3, 65535}},
    {.sequence = 9, .id = {9}, .kind = notice_kind::released, .by = {1, {11}}},
    {.sequence = 10, .id = {9}, .kind = notice_kind::claimed, .by = {65535, {12}}},
  };
  return {{keep_copy{1, row_of_seven, 4}, small},
          {keep_copy{1, row_of_seven, 1u << 30}, large},
          {copy_kept{2, {7}}},
          {copy_refused{3, {7}}},
          {take_message{4, row_of_seven, 4}, small},
          {message_taken{5, {7}, {4, {12}}}},
          {message_declined{6, {7}}},
          {notices{all}},
          {notices_heard{{{5, {7}, notice_answer::heard, {}}, {6, {8}, notice_answer::overruled, {2, {12}}}}}},
          {what_happened{{1u << 21}}},
          {all_told{{1u << 21}}},
          {check_copies{3, {{7}, {8}}}},
          {copies_checked{3, {}}}};
}

} // namespace

TEST_CASE("words of shadows: each is read as it was written, and has one spelling", "[cluster]") {
  for (const auto& each : one_of_each()) {
    CAPTURE(each.what.index());
    const auto bytes = encode_shadow(each);
    const auto back = decode_shadow(bytes);
    REQUIRE(back.ok());
    const auto& word = std::get<shadow_word>(*back);
    CHECK(word.what.index() == each.what.index());
    CHECK(word.letter.envelope == each.letter.envelope);
    CHECK(word.letter.body == each.letter.body);
    CHECK(word.letter.follows == each.letter.follows);
    CHECK(encode_shadow(*back) == bytes);
  }
  const auto copy = decode_shadow(encode_shadow(one_of_each().front()));
  CHECK(std::get<keep_copy>(std::get<shadow_word>(*copy).what).row == row_of_seven);
}

TEST_CASE("words of shadows: parts of a body keep their place", "[cluster]") {
  const std::string bytes(body_part_bytes_max, 'x');
  const auto written = encode_shadow(body_part{9, 512, bytes});
  const auto back = decode_shadow(written);
  REQUIRE(back.ok());
  const auto& part = std::get<body_part>(*back);
  CHECK(part.stream == 9);
  CHECK(part.offset == 512);
  CHECK(part.bytes == bytes);
  const auto taken = decode_shadow(encode_shadow(part_taken{9, 768}));
  REQUIRE(taken.ok());
  CHECK(std::get<part_taken>(*taken).up_to == 768);
}

TEST_CASE("words of shadows: cut, stretched or of another version they are refused", "[cluster]") {
  for (const auto& each : one_of_each()) {
    const auto bytes = encode_shadow(each);
    for (std::size_t length = 0; length < bytes.size(); ++length)
      CHECK_FALSE(decode_shadow(std::string_view{bytes}.substr(0, length)).ok());
    CHECK(decode_shadow(bytes + '\0').error().code == errc::malformed);
    CHECK(decode_shadow('\2' + bytes.substr(1)).error().code == errc::storage_foreign);
  }
  CHECK_FALSE(decode_shadow(std::string(shadow_bytes_max + 1, '\1')).ok());
}

TEST_CASE("words of shadows: what contradicts itself is refused", "[cluster]") {
  const auto refused = [](const shadow_message& what, carried_letter with = {}) {
    return !decode_shadow(encode_shadow(shadow_word{what, with})).ok();
  };
  CHECK(refused(keep_copy{1, row_of_seven, 5}, {"envelope", "body", false}));
  CHECK(refused(keep_copy{1, row_of_seven, 0}, {"envelope", {}, true}));
  CHECK(refused(copy_kept{1, {0}}));
  CHECK(refused(copy_kept{1, {-1}}));
  auto row = row_of_seven;
  row.confirmed = 4; // there is no third holder
  CHECK(refused(keep_copy{1, row, 4}, {"envelope", "body", false}));
  row = row_of_seven;
  row.by.owner = {};
  CHECK(refused(keep_copy{1, row, 4}, {"envelope", "body", false}));
  CHECK(refused(notices{{{.sequence = 5, .id = {7}}, {.sequence = 5, .id = {8}}}}));
}

TEST_CASE("words of shadows: of notices that fill more than a parcel, the first go", "[cluster]") {
  notices many;
  for (std::uint16_t i = 0; i < 256; ++i)
    many.items.push_back({.sequence = i + 1u,
                          .id = {i + 1},
                          .kind = notice_kind::recipients,
                          .recipients = std::vector<std::uint16_t>(notice_recipients_max, 65535)});
  const auto bytes = encode_shadow(shadow_word{many});
  CHECK(bytes.size() <= shadow_bytes_max);
  const auto back = decode_shadow(bytes);
  REQUIRE(back.ok());
  const auto& some = std::get<notices>(std::get<shadow_word>(*back).what).items;
  CHECK(some.size() > 80);
  CHECK(some.size() < 256);
  CHECK(some.back() == many.items[some.size() - 1]);
}

TEST_CASE("rows of custody and notices: read as written; damaged and later ones refused", "[cluster]") {
  const auto bytes = encode_custody(row_of_seven);
  const auto back = decode_custody({7}, bytes);
  REQUIRE(back.ok());
  CHECK(*back == row_of_seven);
  CHECK(decode_custody({7}, bytes.substr(0, 9)).error().code == errc::malformed);
  CHECK(decode_custody({7}, '\2' + bytes.substr(1)).error().code == errc::storage_foreign);

  const peer_notice some{.sequence = 12, .id = {7}, .kind = notice_kind::recipients, .recipients = {1, 2}};
  const auto told = decode_notice(12, encode_notice(some));
  REQUIRE(told.ok());
  CHECK(*told == some);
  CHECK_FALSE(decode_notice(12, "").ok());
}
