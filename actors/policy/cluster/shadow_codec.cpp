#include "actors/policy/cluster/shadow_codec.hpp"

#include "actors/policy/cluster/shadow_items.hpp"
#include "net/core/expect.hpp"

#include <limits>
#include <optional>

namespace troupe::policy {

namespace {

constexpr std::uint64_t shadow_version = 1;

// In the order of their tags on the wire: add at the end only.
constexpr std::uint64_t words = std::variant_size_v<shadow_message>;
constexpr std::uint64_t part_tag = 64;
constexpr std::uint64_t taken_tag = 65;

constexpr std::size_t notice_bytes_min = 11; // sequence, id, kind, one more
constexpr std::size_t reply_bytes_min = 19;  // sequence, id, answer, claim

void put_letter(wire_writer& to, const carried_letter& x) {
  TROUPE_EXPECT(x.envelope.size() <= envelope_bytes_max && x.body.size() <= body_part_bytes_max
                && (!x.follows || x.body.empty()));
  to.text(x.envelope);
  to.flag(x.follows);
  to.text(x.body);
}

carried_letter take_letter(wire_reader& from, std::uint64_t bytes) {
  carried_letter x;
  x.envelope = from.text(envelope_bytes_max);
  x.follows = from.flag();
  x.body = from.text(body_part_bytes_max);
  if (x.follows ? !x.body.empty() || bytes == 0 : x.body.size() != bytes)
    from.fail();
  return x;
}

struct word_writer {
  wire_writer& to;
  const carried_letter& letter;

  void operator()(const keep_copy& x) { message(x); }
  void operator()(const take_message& x) { message(x); }
  void operator()(const copy_kept& x) { answer(x); }
  void operator()(const copy_refused& x) { answer(x); }
  void operator()(const message_declined& x) { answer(x); }
  void operator()(const message_taken& x) {
    answer(x);
    put_claim(to, x.by);
  }
  void operator()(const notices& x) {
    TROUPE_EXPECT(x.items.size() <= shadow_items_max);
    std::string items;
    std::size_t many = 0;
    for (const auto& each : x.items) {
      const auto before = items.size();
      wire_writer one{items};
      one.number(each.sequence);
      put_what(one, each);
      if (items.size() > shadow_bytes_max - 64) {
        items.resize(before);
        break;
      }
      ++many;
    }
    to.number(many);
    to.raw(items);
  }
  void operator()(const notices_heard& x) {
    TROUPE_EXPECT(x.items.size() <= shadow_items_max);
    to.number(x.items.size());
    for (const auto& each : x.items) {
      to.number(each.sequence);
      put_id(to, each.id);
      to.number(static_cast<std::uint64_t>(each.answer));
      put_claim(to, each.by);
    }
  }
  void operator()(const what_happened& x) { to.number(x.life.value); }
  void operator()(const all_told& x) { to.number(x.life.value); }
  void operator()(const check_copies& x) { page(x.page, x.ids); }
  void operator()(const copies_checked& x) { page(x.page, x.gone); }

private:
  template <class Message>
  void message(const Message& x) {
    to.number(x.attempt);
    put_id(to, x.row.id);
    put_row(to, x.row);
    to.number(x.bytes);
    put_letter(to, letter);
  }
  template <class Answer>
  void answer(const Answer& x) {
    to.number(x.attempt);
    put_id(to, x.id);
  }
  void page(std::uint64_t number, const std::vector<message_id>& ids) {
    TROUPE_EXPECT(ids.size() <= shadow_items_max);
    to.number(number);
    to.number(ids.size());
    for (const auto id : ids)
      put_id(to, id);
  }
};

template <class Message>
Message take_message_of(wire_reader& from, carried_letter& letter) {
  Message x{};
  x.attempt = from.number();
  const auto id = take_id(from);
  x.row = take_row(id, from);
  x.bytes = from.number();
  letter = take_letter(from, x.bytes);
  return x;
}

template <class Answer>
Answer take_answer(wire_reader& from) {
  Answer x{};
  x.attempt = from.number();
  x.id = take_id(from);
  return x;
}

std::vector<message_id> take_ids(wire_reader& from) {
  std::vector<message_id> ids(from.count(shadow_items_max, 8));
  for (auto& each : ids)
    each = take_id(from);
  return ids;
}

notices take_notices(wire_reader& from) {
  notices x;
  const auto many = from.count(shadow_items_max, notice_bytes_min - 1);
  x.items.reserve(many);
  for (std::size_t i = 0; i < many && from.good(); ++i) {
    const auto sequence = from.number();
    x.items.push_back(take_what(sequence, from));
    // In order: the receiver goes by the last.
    if (i > 0 && x.items[i - 1].sequence >= sequence)
      from.fail();
  }
  return x;
}

notices_heard take_replies(wire_reader& from) {
  notices_heard x;
  const auto many = from.count(shadow_items_max, reply_bytes_min);
  x.items.reserve(many);
  for (std::size_t i = 0; i < many && from.good(); ++i) {
    notice_reply one{};
    one.sequence = from.number();
    one.id = take_id(from);
    one.answer = static_cast<notice_answer>(from.number(static_cast<std::uint64_t>(notice_answer::overruled)));
    one.by = take_claim(from);
    x.items.push_back(one);
  }
  return x;
}

std::optional<shadow_parcel> take_word(std::uint64_t tag, wire_reader& from) {
  shadow_word x;
  switch (tag) {
    case 0: x.what = take_message_of<keep_copy>(from, x.letter); break;
    case 1: x.what = take_answer<copy_kept>(from); break;
    case 2: x.what = take_answer<copy_refused>(from); break;
    case 3: x.what = take_message_of<take_message>(from, x.letter); break;
    case 4: {
      auto taken = take_answer<message_taken>(from);
      taken.by = take_real_claim(from);
      x.what = taken;
      break;
    }
    case 5: x.what = take_answer<message_declined>(from); break;
    case 6: x.what = take_notices(from); break;
    case 7: x.what = take_replies(from); break;
    case 8: x.what = what_happened{{from.number()}}; break;
    case 9: x.what = all_told{{from.number()}}; break;
    case 10: {
      const auto page = from.number();
      x.what = check_copies{page, take_ids(from)};
      break;
    }
    case 11: {
      const auto page = from.number();
      x.what = copies_checked{page, take_ids(from)};
      break;
    }
    default: return std::nullopt;
  }
  return x;
}

} // namespace

std::string encode_shadow(const shadow_parcel& what) {
  std::string bytes;
  wire_writer to{bytes};
  to.number(shadow_version);
  if (const auto* const word = std::get_if<shadow_word>(&what)) {
    to.number(word->what.index());
    std::visit(word_writer{to, word->letter}, word->what);
  } else if (const auto* const part = std::get_if<body_part>(&what)) {
    TROUPE_EXPECT(!part->bytes.empty() && part->bytes.size() <= body_part_bytes_max);
    to.number(part_tag);
    to.number(part->stream);
    to.number(part->offset);
    to.text(part->bytes);
  } else {
    const auto& taken = std::get<part_taken>(what);
    to.number(taken_tag);
    to.number(taken.stream);
    to.number(taken.up_to);
  }
  return bytes;
}

result<shadow_parcel> decode_shadow(std::string_view bytes) {
  static_assert(words == 12 && words < part_tag);
  if (bytes.size() > shadow_bytes_max)
    return error{errc::malformed, "a word of a shadow above its bound"};
  wire_reader from{bytes};
  const auto version = from.number();
  if (from.good() && version != shadow_version)
    return error{errc::storage_foreign, "a word of a shadow in a version that is not ours"};
  const auto tag = from.number();
  std::optional<shadow_parcel> what;
  if (tag == part_tag) {
    body_part part;
    part.stream = from.number();
    part.offset = from.number();
    part.bytes = from.text(body_part_bytes_max);
    if (!part.bytes.empty() && part.offset <= std::numeric_limits<std::uint64_t>::max() - part.bytes.size())
      what = part;
  } else if (tag == taken_tag) {
    part_taken taken;
    taken.stream = from.number();
    taken.up_to = from.number();
    what = taken;
  } else {
    what = take_word(tag, from);
  }
  if (!what || !from.at_end())
    return error{errc::malformed, "no word of a shadow"};
  return std::move(*what);
}

} // namespace troupe::policy
