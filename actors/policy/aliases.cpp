#include "actors/policy/aliases.hpp"

#include "actors/policy/plain_text.hpp"

#include <algorithm>
#include <utility>

namespace troupe::policy {

namespace {

/// Up to here a search along the list is cheaper than a map.
constexpr std::size_t short_list = 8;

/// One spelling for what is one mailbox: elsewhere's local parts keep their case
/// (RFC 5321 §2.4).
std::string key_of(const local_domains& local, const mailbox& who) {
  auto domain = domain_key(who.domain);
  const bool ours = local.index_of_key(domain).has_value();
  return (ours ? ascii_lower(who.local) : who.local) + '@' + domain;
}

std::uint8_t both_wishes(std::uint8_t a, std::uint8_t b) noexcept {
  // Not given means this much (RFC 3461 §4.1).
  const auto spelled = [](unsigned bits) {
    return bits == notify_unset ? unsigned{notify_failure} | unsigned{notify_delay} : bits;
  };
  if (a == b)
    return a;
  return static_cast<std::uint8_t>((spelled(a) | spelled(b)) & ~unsigned{notify_never});
}

std::string original_recipient(const mailbox& who) {
  auto text = to_string(who);
  return (is_ascii(text) ? "rfc822;" : "utf-8;") + text;
}

reply too_many() {
  return {451, "4.2.4", {"This alias stands for too many; try again later"}};
}

} // namespace

alias_expansion::alias_expansion(const local_domains& local, const alias_bounds& bounds)
  : local_{&local},
    bounds_{bounds} {}

std::optional<reply> alias_expansion::add(const recipient& given) {
  if (final_.size() >= bounds_.transaction_max)
    return too_many();
  if (!local_->alias_targets(given.address)) {
    keep(given);
    return std::nullopt;
  }
  std::vector<mailbox> found;
  if (auto refusal = open(given.address, found))
    return refusal;
  if (final_.size() + found.size() > bounds_.transaction_max)
    return too_many();
  recipient each = given;
  if (each.orcpt.empty())
    each.orcpt = original_recipient(given.address);
  for (auto& address : found) {
    each.address = std::move(address);
    keep(each);
  }
  return std::nullopt;
}

std::optional<reply> alias_expansion::open(const mailbox& alias,
                                           std::vector<mailbox>& found) const {
  struct step {
    const mailbox* who;
    unsigned depth; ///< Aliases opened on the way here.
  };
  text_set met{key_of(*local_, alias)};
  text_set own_mailboxes; // of aliases that name themselves
  std::vector<step> open_yet{{&alias, 0}};
  for (std::size_t next = 0; next < open_yet.size(); ++next) {
    const auto [who, depth] = open_yet[next];
    const auto* targets = local_->alias_targets(*who);
    if (!targets) {
      found.push_back(*who);
      continue;
    }
    if (depth >= bounds_.depth_max)
      return too_many();
    const auto own = key_of(*local_, *who);
    for (const auto& target : *targets) {
      auto key = key_of(*local_, target);
      if (key == own && local_->has_mailbox(target)) {
        if (own_mailboxes.insert(std::move(key)).second)
          found.push_back(target);
      } else if (met.insert(std::move(key)).second) {
        if (met.size() > bounds_.recipients_max + 1)
          return too_many();
        open_yet.push_back({&target, depth + 1});
      }
    }
  }
  if (found.empty())
    return reply{550, "5.4.6", {"This alias leads back to itself and to nobody else"}};
  return std::nullopt;
}

void alias_expansion::keep(recipient each) {
  const auto same = [this](const mailbox& a, const mailbox& b) {
    return equal_without_case(a.domain, b.domain) && equal_without_case(a.local, b.local)
           && key_of(*local_, a) == key_of(*local_, b);
  };
  auto place = final_.size();
  if (final_.size() < short_list) {
    const auto found = std::find_if(final_.begin(), final_.end(), [&](const recipient& kept) {
      return same(kept.address, each.address);
    });
    place = static_cast<std::size_t>(found - final_.begin());
  } else {
    if (places_.empty())
      for (std::size_t i = 0; i < final_.size(); ++i)
        places_.emplace(key_of(*local_, final_[i].address), i);
    place = places_.emplace(key_of(*local_, each.address), final_.size()).first->second;
  }
  if (place == final_.size())
    final_.push_back(std::move(each));
  else
    final_[place].notify = both_wishes(final_[place].notify, each.notify);
}

std::vector<recipient> alias_expansion::take() {
  places_.clear();
  return std::exchange(final_, {});
}

result<std::vector<recipient>> expand_all(const local_domains& local,
                                          const std::vector<recipient>& given,
                                          const alias_bounds& bounds) {
  alias_expansion expansion{local, bounds};
  for (const auto& each : given)
    if (const auto refusal = expansion.add(each))
      return error{refusal->is_transient() ? errc::limit_exceeded : errc::refused,
                   to_string(each.address) + ": " + to_string(*refusal)};
  return expansion.take();
}

} // namespace troupe::policy
