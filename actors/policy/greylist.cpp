#include "actors/policy/greylist.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace troupe::policy {

namespace {

/// SipHash-2-4 (Aumasson, Bernstein): a fingerprint that nobody can aim without the key.
class sip_hash {
public:
  sip_hash(std::uint64_t k0, std::uint64_t k1)
    : v_{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573} {}

  [[nodiscard]] std::uint64_t of(std::string_view text) {
    std::uint64_t last = static_cast<std::uint64_t>(text.size()) << 56;
    for (; text.size() >= 8; text.remove_prefix(8))
      mix(word(text.substr(0, 8)));
    mix(last | word(text));
    v_[2] ^= 0xff;
    rounds(4);
    return v_[0] ^ v_[1] ^ v_[2] ^ v_[3];
  }

private:
  static std::uint64_t word(std::string_view bytes) {
    std::uint64_t made = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
      made |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    return made;
  }

  static std::uint64_t turn(std::uint64_t x, int by) { return x << by | x >> (64 - by); }

  void mix(std::uint64_t m) {
    v_[3] ^= m;
    rounds(2);
    v_[0] ^= m;
  }

  void rounds(int n) {
    while (n-- > 0) {
      v_[0] += v_[1], v_[1] = turn(v_[1], 13) ^ v_[0], v_[0] = turn(v_[0], 32);
      v_[2] += v_[3], v_[3] = turn(v_[3], 16) ^ v_[2];
      v_[0] += v_[3], v_[3] = turn(v_[3], 21) ^ v_[0];
      v_[2] += v_[1], v_[1] = turn(v_[1], 17) ^ v_[2], v_[2] = turn(v_[2], 32);
    }
  }

  std::array<std::uint64_t, 4> v_;
};

std::string lower_text(const mailbox& who) {
  auto text = to_string(who);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

std::int64_t stamp_of(wall_time at) {
  return std::chrono::duration_cast<seconds>(at.time_since_epoch()).count();
}

/// The next number of a line.
template <class Number>
bool take_number(std::string_view& rest, Number& into) {
  const auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), into);
  if (failure != std::errc{})
    return false;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  if (rest.starts_with(' '))
    rest.remove_prefix(1);
  return true;
}

} // namespace

std::uint64_t greylist::key_of(std::string_view text) const noexcept {
  return sip_hash{seed_, seed_ * 0x9e3779b97f4a7c15 + 1}.of(text);
}

bool greylist::is_stale(const entry& one, wall_time now) const noexcept {
  return now - (one.passes > 0 ? one.last : one.first) > (one.passes > 0 ? options_.keep : options_.retry_within);
}

greylist::entry& greylist::note(std::uint64_t key, wall_time now, bool& is_new) {
  const auto known = places_.find(key);
  is_new = known == places_.end() || is_stale(*known->second, now);
  if (known != places_.end()) {
    entries_.splice(entries_.begin(), entries_, known->second);
    if (is_new)
      entries_.front() = {key, now, now, 0};
    return entries_.front();
  }
  if (entries_.size() >= options_.entries_max) {
    places_.erase(entries_.back().key);
    entries_.pop_back();
  }
  entries_.push_front({key, now, now, 0});
  places_.emplace(key, entries_.begin());
  return entries_.front();
}

seconds greylist::wait_for(const ip_address& from, const mailbox& sender, const mailbox& to, wall_time now) {
  const auto network = to_string(network_of(from, client_scope::network));
  const auto network_key = key_of("network " + network);
  const auto known = places_.find(network_key);
  if (options_.known_after > 0 && known != places_.end() && !is_stale(*known->second, now)
      && known->second->passes >= options_.known_after) {
    known->second->last = now;
    entries_.splice(entries_.begin(), entries_, known->second);
    return seconds{0};
  }
  bool is_new = false;
  auto& one = note(key_of(network + ' ' + lower_text(sender) + ' ' + lower_text(to)), now, is_new);
  if (is_new)
    return options_.delay;
  if (one.passes == 0) {
    const auto age = std::chrono::duration_cast<seconds>(now - one.first);
    if (age >= seconds{0} && age < options_.delay)
      return options_.delay - age;
    one.passes = 1;
    one.last = now;
    bool network_is_new = false;
    auto& whole = note(network_key, now, network_is_new);
    whole.last = now;
    ++whole.passes;
    return seconds{0};
  }
  one.last = now;
  return seconds{0};
}

std::string greylist::save() const {
  std::string lines;
  for (const auto& one : entries_)
    lines += std::to_string(one.key) + ' ' + std::to_string(stamp_of(one.first)) + ' '
             + std::to_string(stamp_of(one.last)) + ' ' + std::to_string(one.passes) + '\n';
  return lines;
}

void greylist::load(std::string_view lines, wall_time now) {
  while (!lines.empty() && entries_.size() < options_.entries_max) {
    auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    entry one{};
    std::int64_t first = 0;
    std::int64_t last = 0;
    constexpr std::int64_t most = std::int64_t{1} << 33; // a time that no arithmetic here overflows with
    if (!take_number(line, one.key) || !take_number(line, first) || !take_number(line, last) || !take_number(line, one.passes) || !line.empty()
        || first < 0 || last < first || last > most || places_.contains(one.key))
      continue;
    one.first = wall_time{seconds{first}};
    one.last = wall_time{seconds{last}};
    if (one.last > now || is_stale(one, now))
      continue;
    entries_.push_back(one);
    places_.emplace(one.key, std::prev(entries_.end()));
  }
}

} // namespace troupe::policy
