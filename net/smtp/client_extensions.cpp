#include "net/smtp/client_extensions.hpp"

#include "net/core/address_text.hpp"

#include <algorithm>
#include <charconv>

namespace troupe::smtp {

namespace {

constexpr std::size_t limit_digits_max = 6; // RFC 9422 §4

void add_logins(client_extensions& offers, std::string_view names) {
  while (!names.empty()) {
    const auto name = names.substr(0, names.find(' '));
    if (!name.empty())
      offers.logins.emplace_back(name);
    names.remove_prefix(std::min(name.size() + 1, names.size()));
  }
}

/// RFC 9422 §3: "RCPTMAX=100 MAILMAX=20"; a limit that makes no sense is none.
void add_limits(client_extensions& offers, std::string_view limits) {
  while (!limits.empty()) {
    const auto one = limits.substr(0, limits.find(' '));
    limits.remove_prefix(std::min(one.size() + 1, limits.size()));
    const auto name = one.substr(0, one.find('='));
    const auto digits = one.substr(std::min(name.size() + 1, one.size()));
    std::uint32_t most = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), most);
    if (failed != std::errc{} || end != digits.data() + digits.size() || digits.size() > limit_digits_max)
      continue;
    if (equal_ignoring_case(name, "MAILMAX"))
      offers.mail_max = most;
    else if (equal_ignoring_case(name, "RCPTMAX"))
      offers.rcpt_max = most;
    else if (equal_ignoring_case(name, "RCPTDOMAINMAX"))
      offers.rcpt_domain_max = most;
  }
}

} // namespace

void add_extension(client_extensions& offers, std::string_view line) {
  const auto space = line.find(' ');
  const auto word = line.substr(0, space);
  if (equal_ignoring_case(word, "PIPELINING"))
    offers.pipelining = true;
  else if (equal_ignoring_case(word, "8BITMIME"))
    offers.eight_bit_mime = true;
  else if (equal_ignoring_case(word, "SMTPUTF8"))
    offers.smtputf8 = true;
  else if (equal_ignoring_case(word, "DSN"))
    offers.dsn = true;
  else if (equal_ignoring_case(word, "CHUNKING"))
    offers.chunking = true;
  else if (equal_ignoring_case(word, "BINARYMIME"))
    offers.binary_mime = true;
  else if (equal_ignoring_case(word, "MT-PRIORITY"))
    offers.mt_priority = true;
  else if (equal_ignoring_case(word, "AUTH") && space != line.npos)
    add_logins(offers, line.substr(space + 1));
  else if (equal_ignoring_case(word, "LIMITS") && space != line.npos)
    add_limits(offers, line.substr(space + 1));
  else if (equal_ignoring_case(word, "STARTTLS"))
    offers.starttls = true;
  else if (equal_ignoring_case(word, "REQUIRETLS"))
    offers.requiretls = true;
  else if (equal_ignoring_case(word, "SIZE")) {
    offers.size = true;
    const auto number
      = space == std::string_view::npos ? std::string_view{} : line.substr(space + 1);
    std::uint64_t limit = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), limit);
    // A limit that is cut off in the middle would bounce good mail.
    const bool whole
      = error == std::errc{} && (end == number.data() + number.size() || *end == ' ');
    offers.size_max = whole ? limit : 0;
  }
}

} // namespace troupe::smtp
