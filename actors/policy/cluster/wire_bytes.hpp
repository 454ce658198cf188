// Numbers and texts as bytes, for what nodes tell each other and what they keep of it: the
// alphabet under the codecs of this folder. What comes in was made by another node, or by
// a liar: nothing here trusts a length.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace troupe::policy {

class wire_writer {
public:
  /// Seven bits a byte, the lowest first; up to ten bytes.
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  void flag(bool value) { number(value ? 1 : 0); }
  /// Always eight bytes, the lowest first: for ids and hashes, which are never small.
  void word(std::uint64_t value) {
    for (unsigned shift = 0; shift < 64; shift += 8)
      bytes_ += static_cast<char>(value >> shift & 0xFF);
  }
  void text(std::string_view value) {
    number(value.size());
    bytes_ += value;
  }

  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

private:
  std::string bytes_;
};

/// After the first fault everything reads as zero, false or empty; ask `good` or `at_end`
/// when all is read. There is one spelling of each value: a number with idle bytes is a fault.
class wire_reader {
public:
  explicit wire_reader(std::string_view from) : rest_(from) {}

  [[nodiscard]] bool good() const noexcept { return good_; }
  /// All was good, and nothing is left.
  [[nodiscard]] bool at_end() const noexcept { return good_ && rest_.empty(); }
  [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }
  void fail() noexcept {
    good_ = false;
    rest_ = {};
  }

  std::uint64_t number(std::uint64_t most = ~std::uint64_t{0}) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      if ((shift == 63 && byte > 1) || (shift > 0 && byte == 0))
        break;
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte >= 0x80)
        continue;
      if (value > most)
        break;
      return value;
    }
    fail();
    return 0;
  }
  bool flag() { return number(1) == 1; }
  std::uint64_t word() {
    if (rest_.size() < 8) {
      fail();
      return 0;
    }
    std::uint64_t value = 0;
    for (unsigned i = 0; i < 8; ++i)
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest_[i])) << 8 * i;
    rest_.remove_prefix(8);
    return value;
  }
  /// A view into what is read.
  std::string_view text(std::size_t bytes_max) {
    const auto size = number(bytes_max);
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const auto value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
  }
  /// How many items follow, of which each takes `bytes_min` at least: a short input cannot
  /// announce a long list.
  std::size_t count(std::size_t most, std::size_t bytes_min = 1) {
    const auto many = number(most);
    if (many > rest_.size() / bytes_min) {
      fail();
      return 0;
    }
    return many;
  }

private:
  std::string_view rest_;
  bool good_ = true;
};

} // namespace troupe::policy
