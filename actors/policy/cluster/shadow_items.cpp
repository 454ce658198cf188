#include "actors/policy/cluster/shadow_items.hpp"

#include "actors/policy/cluster/shadow_codec.hpp"
#include "net/core/expect.hpp"

#include <limits>

namespace troupe::policy {

namespace {

constexpr std::uint64_t row_version = 1;
constexpr auto term_most = std::numeric_limits<std::uint16_t>::max();
constexpr auto byte_most = std::numeric_limits<std::uint8_t>::max();

node_id take_node(wire_reader& from) {
  const node_id id{from.word()};
  if (id == node_id{})
    from.fail();
  return id;
}

} // namespace

void put_id(wire_writer& to, message_id id) { to.word(static_cast<std::uint64_t>(id.value)); }

message_id take_id(wire_reader& from) {
  const auto value = from.word();
  if (value == 0 || value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    from.fail();
  return {static_cast<std::int64_t>(value)};
}

void put_claim(wire_writer& to, const claim& x) {
  to.number(x.term);
  to.word(x.owner.value);
}

claim take_claim(wire_reader& from) {
  claim x;
  x.term = static_cast<std::uint16_t>(from.number(term_most));
  x.owner = {from.word()};
  return x;
}

claim take_real_claim(wire_reader& from) {
  const auto x = take_claim(from);
  if (x.owner == node_id{})
    from.fail();
  return x;
}

void put_row(wire_writer& to, const custody_row& row) {
  TROUPE_EXPECT(row.holders.size() <= holders_max);
  put_claim(to, row.by);
  to.number(row.hops);
  to.number(row.confirmed);
  to.number(row.holders.size());
  for (const auto each : row.holders)
    to.word(each.value);
}

custody_row take_row(message_id id, wire_reader& from) {
  custody_row row{.id = id, .by = take_real_claim(from)};
  row.hops = static_cast<std::uint8_t>(from.number(byte_most));
  row.confirmed = static_cast<std::uint8_t>(from.number(byte_most));
  const auto many = from.count(holders_max, 8);
  for (std::size_t i = 0; i < many; ++i)
    row.holders.push_back(take_node(from));
  if (row.confirmed >> many != 0)
    from.fail();
  return row;
}

void put_what(wire_writer& to, const peer_notice& x) {
  TROUPE_EXPECT(x.recipients.size() <= notice_recipients_max);
  put_id(to, x.id);
  to.number(static_cast<std::uint64_t>(x.kind));
  switch (x.kind) {
    case notice_kind::settled: return;
    case notice_kind::recipients:
      to.number(x.recipients.size());
      for (const auto each : x.recipients)
        to.number(each);
      return;
    case notice_kind::released:
    case notice_kind::claimed: put_claim(to, x.by); return;
  }
}

peer_notice take_what(std::uint64_t sequence, wire_reader& from) {
  peer_notice x{.sequence = sequence, .id = take_id(from)};
  x.kind = static_cast<notice_kind>(from.number(static_cast<std::uint64_t>(notice_kind::claimed)));
  switch (x.kind) {
    case notice_kind::settled: break;
    case notice_kind::recipients: {
      const auto many = from.count(notice_recipients_max);
      x.recipients.reserve(many);
      for (std::size_t i = 0; i < many && from.good(); ++i)
        x.recipients.push_back(static_cast<std::uint16_t>(from.number(std::numeric_limits<std::uint16_t>::max())));
      break;
    }
    case notice_kind::released:
    case notice_kind::claimed: x.by = take_real_claim(from); break;
  }
  return x;
}

std::string encode_custody(const custody_row& row) {
  std::string bytes;
  wire_writer to{bytes};
  to.number(row_version);
  put_row(to, row);
  return bytes;
}

std::string encode_notice(const peer_notice& what) {
  std::string bytes;
  wire_writer to{bytes};
  to.number(row_version);
  put_what(to, what);
  return bytes;
}

result<custody_row> decode_custody(message_id id, std::string_view bytes) {
  wire_reader from{bytes};
  const auto version = from.number();
  if (version > row_version)
    return error{errc::storage_foreign, "a custody row of a later version"};
  auto row = take_row(id, from);
  if (version != row_version || !from.at_end())
    return error{errc::malformed, "no custody row"};
  return row;
}

result<peer_notice> decode_notice(std::uint64_t sequence, std::string_view bytes) {
  wire_reader from{bytes};
  const auto version = from.number();
  if (version > row_version)
    return error{errc::storage_foreign, "a notice of a later version"};
  auto what = take_what(sequence, from);
  if (version != row_version || !from.at_end())
    return error{errc::malformed, "no notice"};
  return what;
}

} // namespace troupe::policy
