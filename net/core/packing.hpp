// Bytes of our own making: numbers, times and texts, one after the other. For what is on
// disk and for what nodes tell each other; what they mean, and in which version, is their
// codec's affair.
//
//   number    LEB128: seven bits a byte, the lowest first; at most ten bytes
//   integer   zigzag, then as a number: small ones of either sign stay short
//   time      milliseconds since 1970, as an integer
//   text      its length as a number, then its bytes

#pragma once

#include "net/core/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

/// To the end of the year 9999, and as far back: one can reckon with it and print it.
inline constexpr std::int64_t packed_time_ms_max = 253'402'300'799'999;

/// Appends to a string that outlives it.
class packer {
public:
  explicit packer(std::string& into) : into_(into) {}

  void number(std::uint64_t value) {
    while (value >= 0x80) {
      into_ += static_cast<char>(value | 0x80);
      value >>= 7;
    }
    into_ += static_cast<char>(value);
  }

  void integer(std::int64_t value) {
    number(static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
  }

  void time(wall_time at) { integer(at.time_since_epoch().count()); }

  void text(std::string_view bytes) {
    number(bytes.size());
    into_ += bytes;
  }

protected:
  std::string& into_;
};

/// After the first fault everything reads as zero or empty; ask `good` at the end.
class unpacker {
public:
  explicit unpacker(std::string_view from) : rest_(from) {}

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }
  void fail() {
    good_ = false;
    rest_ = {};
  }

  /// One, as it is.
  std::uint64_t byte() {
    if (rest_.empty()) {
      fail();
      return 0;
    }
    const auto value = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      if (shift == 63 && byte > 1)
        break;
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80)
        return value;
    }
    fail();
    return 0;
  }

  std::int64_t integer() {
    const auto value = number();
    return static_cast<std::int64_t>(value >> 1 ^ (~(value & 1) + 1));
  }

  /// A number, or an enumerator; greater than `last` is a fault.
  template <class T>
  T number_up_to(T last) {
    const auto value = number();
    if (value > static_cast<std::uint64_t>(last)) {
      fail();
      return T{};
    }
    return static_cast<T>(value);
  }

  wall_time time() {
    const auto value = integer();
    if (value < -packed_time_ms_max || value > packed_time_ms_max) {
      fail();
      return {};
    }
    return wall_time{milliseconds{value}};
  }

  /// Longer than `bytes_max`, or than what is left, is a fault.
  std::string text(std::size_t bytes_max = static_cast<std::size_t>(-1)) {
    const auto size = number();
    if (size > rest_.size() || size > bytes_max) {
      fail();
      return {};
    }
    std::string bytes{rest_.substr(0, size)};
    rest_.remove_prefix(size);
    return bytes;
  }

private:
  std::string_view rest_;
  bool good_ = true;
};

} // namespace troupe
