// The items of which SHADOWs' words and rows are made, as bytes: ids, claims, rows, notices.
// What reads them fails with its input, and never reads beyond it.

#pragma once

#include "actors/policy/cluster/shadow_words.hpp"
#include "net/core/packing.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::policy {

class wire_writer : public packer {
public:
  using packer::packer;

  void flag(bool value) { number(value ? 1 : 0); }
  /// Always eight bytes, the lowest first: for ids, which are never small.
  void word(std::uint64_t value) {
    std::string eight;
    for (unsigned shift = 0; shift < 64; shift += 8)
      eight += static_cast<char>(value >> shift & 0xFF);
    raw(eight);
  }
  void raw(std::string_view bytes) { into_.append(bytes); }
};

class wire_reader : public unpacker {
public:
  using unpacker::unpacker;

  using unpacker::number;
  std::uint64_t number(std::uint64_t most) { return number_up_to(most); }
  bool flag() { return number(1) == 1; }
  std::uint64_t word() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 8)
      value |= byte() << shift;
    return value;
  }
  /// How many items follow, of which each takes `bytes_min` at least: a short input cannot
  /// announce a long list.
  std::size_t count(std::size_t most, std::size_t bytes_min = 1) {
    const auto many = number(most);
    if (many > left() / bytes_min) {
      fail();
      return 0;
    }
    return many;
  }
  [[nodiscard]] bool at_end() const { return good() && left() == 0; }
};

void put_id(wire_writer& to, message_id id);
/// Fails for what no message is called.
[[nodiscard]] message_id take_id(wire_reader& from);

void put_claim(wire_writer& to, const claim& x);
/// Of nobody, in answers that name no claim.
[[nodiscard]] claim take_claim(wire_reader& from);
/// Fails for a claim of nobody.
[[nodiscard]] claim take_real_claim(wire_reader& from);

/// Without its id. @pre at most holders_max holders
void put_row(wire_writer& to, const custody_row& row);
[[nodiscard]] custody_row take_row(message_id id, wire_reader& from);

/// Without its sequence. @pre at most notice_recipients_max recipients
void put_what(wire_writer& to, const peer_notice& x);
[[nodiscard]] peer_notice take_what(std::uint64_t sequence, wire_reader& from);

} // namespace troupe::policy
