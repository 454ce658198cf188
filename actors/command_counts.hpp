// How often each SMTP command got each code: a fixed table of plain atomics, since
// this is fed several times for each message.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace troupe::actors {

class command_counts {
public:
  /// The last is for what is none of the others.
  static constexpr std::array<std::string_view, 20> verbs{
    "EHLO", "HELO", "LHLO", "MAIL", "RCPT",     "DATA", "BDAT", "RSET",    "NOOP",  "VRFY",
    "EXPN", "HELP", "QUIT", "AUTH", "STARTTLS", "ETRN", "XCLIENT", "connect", "body", "other"};
  static constexpr int code_min = 200;
  static constexpr int code_max = 599;

  /// Verbs in any case. A code outside of the bounds is not counted.
  void add(std::string_view verb, int code) noexcept;

  /// Calls `take(verb, code, count)` for what is not zero.
  template <class Take>
  void for_each(Take take) const {
    for (std::size_t i = 0; i < verbs.size(); ++i)
      for (int code = code_min; code <= code_max; ++code)
        if (const auto n = counts_[i][static_cast<std::size_t>(code - code_min)].load(
              std::memory_order_relaxed))
          take(verbs[i], code, n);
  }

private:
  using row = std::array<std::atomic<std::uint64_t>, code_max - code_min + 1>;
  std::array<row, verbs.size()> counts_{};
};

} // namespace troupe::actors
