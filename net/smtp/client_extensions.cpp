#include "net/smtp/client_extensions.hpp"

#include <charconv>

namespace troupe::smtp {

namespace {

/// @pre `upper` is ASCII upper case
[[nodiscard]] bool same_keyword(std::string_view word, std::string_view upper) noexcept {
  if (word.size() != upper.size())
    return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i] >= 'a' && word[i] <= 'z' ? static_cast<char>(word[i] - 'a' + 'A') : word[i];
    if (c != upper[i])
      return false;
  }
  return true;
}

} // namespace

void add_extension(client_extensions& offers, std::string_view line) noexcept {
  const auto space = line.find(' ');
  const auto word = line.substr(0, space);
  if (same_keyword(word, "PIPELINING"))
    offers.pipelining = true;
  else if (same_keyword(word, "8BITMIME"))
    offers.eight_bit_mime = true;
  else if (same_keyword(word, "SMTPUTF8"))
    offers.smtputf8 = true;
  else if (same_keyword(word, "DSN"))
    offers.dsn = true;
  else if (same_keyword(word, "CHUNKING"))
    offers.chunking = true;
  else if (same_keyword(word, "BINARYMIME"))
    offers.binary_mime = true;
  else if (same_keyword(word, "MT-PRIORITY"))
    offers.mt_priority = true;
  else if (same_keyword(word, "SIZE")) {
    offers.size = true;
    const auto number = space == std::string_view::npos ? std::string_view{} : line.substr(space + 1);
    std::uint64_t limit = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), limit);
    // A limit that is cut off in the middle would bounce good mail.
    const bool whole = error == std::errc{} && (end == number.data() + number.size() || *end == ' ');
    offers.size_max = whole ? limit : 0;
  }
}

} // namespace troupe::smtp
