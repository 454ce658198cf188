// The DNS as these machines see it: a book of answers that are known. A machine is a
// function of the book; where it misses an answer it notes the question and says so,
// and its owner asks, writes the answer down and calls again. So no machine waits.

#pragma once

#include "net/core/ip_address.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::authentication {

enum class record_type : std::uint8_t { txt, a, aaaa, mx, ptr };

struct dns_question {
  std::string name; ///< Lower case, without a final dot.
  record_type type = record_type::txt;

  friend auto operator<=>(const dns_question&, const dns_question&) = default;
};

enum class dns_outcome : std::uint8_t {
  records,
  nothing, ///< No such name, or none of this type: "void" in RFC 7208 §4.6.4.
  failed,  ///< SERVFAIL, silence, bogus: a later question may say more.
};

struct dns_answer {
  dns_outcome outcome = dns_outcome::failed;
  std::vector<std::string> texts;    ///< Of txt, each whole; names of mx (by preference) and ptr.
  std::vector<ip_address> addresses; ///< Of a and aaaa.
};

/// Questions about one message, however its peer wove its records.
inline constexpr std::size_t questions_max = 150;

class dns_book {
public:
  /// Null: it is not known yet, and noted as missing. Above questions_max it has failed.
  const dns_answer* find(std::string_view name, record_type type);
  void write(const dns_question& question, dns_answer answer);
  /// What is not known by now has failed, and nothing is noted any more.
  void close() noexcept { closed_ = true; }
  /// The questions noted since the last call, each at most once ever.
  [[nodiscard]] std::vector<dns_question> take_missing();

private:
  std::map<dns_question, dns_answer> known_;
  std::set<dns_question> asked_;
  std::vector<dns_question> missing_;
  bool closed_ = false;
};

} // namespace troupe::authentication
