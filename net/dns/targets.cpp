#include "net/dns/mail_route.hpp"

#include <algorithm>
#include <utility>

namespace troupe::dns {

namespace {

/// Numbers from the caller's dice: the sequence of splitmix64, so that one throw
/// shuffles a whole plan and a test knows the outcome.
class dice_roller {
public:
  explicit dice_roller(std::uint64_t dice) : state_(dice) {}

  /// @pre n > 0
  std::size_t below(std::size_t n) noexcept {
    state_ += 0x9E3779B97F4A7C15u;
    auto x = state_;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return static_cast<std::size_t>((x ^ (x >> 31)) % n);
  }

  template <class T>
  void shuffle(std::vector<T>& all) noexcept {
    for (auto left = all.size(); left > 1; --left)
      std::swap(all[left - 1], all[below(left)]);
  }

private:
  std::uint64_t state_;
};

void append_host(std::vector<target>& out, const mail_host& host, dice_roller& dice) {
  std::vector<ip_address> v6;
  std::vector<ip_address> v4;
  for (const auto& x : host.addresses)
    (x.family == ip_family::ipv6 ? v6 : v4).push_back(x);
  dice.shuffle(v6);
  dice.shuffle(v4);
  // In turns, IPv6 first: one family that leads nowhere costs one connect, not all.
  for (std::size_t i = 0; i < std::max(v6.size(), v4.size()); ++i) {
    if (i < v6.size())
      out.push_back({host.name, v6[i]});
    if (i < v4.size())
      out.push_back({host.name, v4[i]});
  }
}

} // namespace

std::vector<target> targets_of(const mail_plan& plan, std::uint64_t dice) {
  dice_roller roller{dice};
  std::vector<target> out;
  for (auto from = plan.hosts.begin(); from != plan.hosts.end();) {
    const auto to = std::find_if(from, plan.hosts.end(), [&](const mail_host& x) {
      return x.preference != from->preference;
    });
    std::vector<const mail_host*> equals;
    for (; from != to; ++from)
      equals.push_back(&*from);
    roller.shuffle(equals);
    for (const auto* host : equals)
      append_host(out, *host, roller);
  }
  return out;
}

} // namespace troupe::dns
