#include "net/authentication/srs.hpp"

#include "net/authentication/crypto.hpp"
#include "net/core/address_text.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace troupe::authentication {

namespace {

constexpr std::string_view days_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr unsigned days_cycle = 32 * 32;
constexpr std::size_t hash_letters = 8; // 48 bits; four, as others have, are guessed in an afternoon

unsigned day_of(wall_time now) {
  const auto days = std::chrono::duration_cast<std::chrono::hours>(now.time_since_epoch()).count() / 24;
  return static_cast<unsigned>(days) % days_cycle;
}

std::string day_text(unsigned day) {
  return {days_letters[day / 32], days_letters[day % 32]};
}

char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::optional<unsigned> read_day(std::string_view text) {
  unsigned day = 0;
  for (const char c : text) {
    const auto at = days_letters.find(to_upper(c));
    if (at == days_letters.npos)
      return std::nullopt;
    day = day * 32 + static_cast<unsigned>(at);
  }
  return text.size() == 2 ? std::optional{day} : std::nullopt;
}

/// Some relays change the case of local parts; so does the hash not care. Letters that
/// an address cannot have are others.
std::string hash_of(std::string_view secret, std::string_view what) {
  std::string lower(what);
  std::transform(lower.begin(), lower.end(), lower.begin(), to_lower);
  const auto digest = hmac_sha256(secret, lower);
  std::string out;
  for (std::size_t i = 0; i < hash_letters; ++i)
    out += days_letters[static_cast<unsigned char>(digest[i]) % 32];
  return out;
}

bool is_hash(std::string_view text, const std::string& wanted) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(), to_upper);
  return equal_in_constant_time(upper, wanted);
}

bool has_tag(std::string_view local, std::string_view tag) {
  return local.size() > 5 && equal_ignoring_case(local.substr(0, 4), tag)
         && std::string_view{"=+-"}.find(local[4]) != std::string_view::npos;
}

/// Up to the next "=", which is taken off too. Nothing where there is none.
std::optional<std::string_view> take_part(std::string_view& text) {
  const auto end = text.find('=');
  if (end == text.npos || end == 0)
    return std::nullopt;
  const auto part = text.substr(0, end);
  text.remove_prefix(end + 1);
  return part;
}

result<mailbox> checked(mailbox made) {
  if (made.local.size() > local_part_bytes_max || made.domain.size() > domain_bytes_max)
    return error{errc::limit_exceeded, "the forwarded sender is too long"};
  return made;
}

error malformed() { return {errc::malformed, "no forwarded sender"}; }

} // namespace

bool is_forwarded_sender(std::string_view local) noexcept { return has_tag(local, "SRS0") || has_tag(local, "SRS1"); }

result<mailbox> forward_sender(const mailbox& sender, std::string_view forwarder, std::string_view secret,
                               wall_time now) {
  if (sender.domain.empty() || domain_key(sender.domain) == domain_key(forwarder))
    return sender;
  if (has_tag(sender.local, "SRS1")) {
    // Around the first forwarder's name, whoever was in between.
    auto rest = std::string_view{sender.local}.substr(5);
    if (take_part(rest)) {
      const auto text = std::string(rest);
      return checked({"SRS1=" + hash_of(secret, text) + "=" + text, std::string(forwarder)});
    }
  }
  if (has_tag(sender.local, "SRS0")) {
    const auto text = sender.domain + "=" + sender.local.substr(4);
    return checked({"SRS1=" + hash_of(secret, text) + "=" + text, std::string(forwarder)});
  }
  const auto text = day_text(day_of(now)) + "=" + sender.domain + "=" + sender.local;
  return checked({"SRS0=" + hash_of(secret, text) + "=" + text, std::string(forwarder)});
}

result<mailbox> original_sender(const mailbox& forwarded, std::string_view secret, wall_time now) {
  if (!is_forwarded_sender(forwarded.local))
    return malformed();
  auto rest = std::string_view{forwarded.local}.substr(5);
  const auto hash = take_part(rest);
  if (!hash)
    return malformed();
  if (!is_hash(*hash, hash_of(secret, rest)))
    return error{errc::refused, "the forwarded sender is not of our making"};
  if (has_tag(forwarded.local, "SRS1")) {
    const auto domain = take_part(rest);
    if (!domain || rest.empty())
      return malformed();
    return mailbox{"SRS0" + std::string(rest), std::string(*domain)};
  }
  const auto when = take_part(rest);
  const auto domain = take_part(rest);
  const auto day = read_day(when.value_or(""));
  if (!day || !domain || rest.empty())
    return malformed();
  if ((day_of(now) + days_cycle - *day) % days_cycle > srs_days_max)
    return error{errc::timed_out, "the forwarded sender is too old"};
  return mailbox{std::string(rest), std::string(*domain)};
}

} // namespace troupe::authentication
