// Answers as a DNS server may forge them, on their way to a plan: whatever the records
// hold, a plan has hosts that are names with addresses, or a refusal.

#include "net/core/expect.hpp"
#include "net/core/mailbox.hpp"
#include "net/dns/mail_route.hpp"
#include "net/io/unbound_context.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace {

using namespace troupe;

/// An answer with records of their own memory each, so that reading past one shows.
class answer {
public:
  explicit answer(std::string_view& from) {
    raw_.rcode = take(from) & 15;
    const auto flags = take(from);
    raw_.havedata = flags & 1;
    raw_.nxdomain = flags >> 1 & 1;
    raw_.bogus = flags >> 2 & 1;
    raw_.ttl = static_cast<int>(take(from)) * 8'000'000 - 1'000'000'000;
    for (auto count = take(from) % 32; count > 0; --count) {
      const auto size = std::min<std::size_t>(take(from), from.size());
      bytes_.emplace_back(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(size));
      bytes_.back().shrink_to_fit();
      from.remove_prefix(size);
    }
    for (auto& each : bytes_) {
      data_.push_back(each.empty() ? &nothing_ : each.data());
      sizes_.push_back(static_cast<int>(each.size()));
    }
    data_.push_back(nullptr);
    raw_.data = data_.data();
    raw_.len = sizes_.data();
  }
  answer(const answer&) = delete;
  answer& operator=(const answer&) = delete;

  [[nodiscard]] const ub_result* raw() const noexcept { return &raw_; }

private:
  static std::uint8_t take(std::string_view& from) {
    if (from.empty())
      return 0;
    const auto byte = static_cast<std::uint8_t>(from.front());
    from.remove_prefix(1);
    return byte;
  }

  ub_result raw_{};
  char nothing_ = 0;
  std::vector<std::vector<char>> bytes_;
  std::vector<char*> data_;
  std::vector<int> sizes_;
};

void expect_sound(const dns::mail_plan& plan, const dns::route_options& options) {
  TROUPE_EXPECT(plan.has_hosts() == (plan.refusal.code == 0));
  TROUPE_EXPECT(plan.valid_for >= options.valid_min && plan.valid_for <= options.valid_max);
  TROUPE_EXPECT(plan.hosts.size() <= dns::mail_hosts_max);
  std::size_t addresses = 0;
  for (const auto& host : plan.hosts) {
    TROUPE_EXPECT(dns::is_host_name(host.name) && domain_key(host.name) == host.name);
    TROUPE_EXPECT(!host.addresses.empty()
                  && host.addresses.size() <= dns::host_addresses_max);
    addresses += host.addresses.size();
  }
  TROUPE_EXPECT(dns::targets_of(plan, 42).size() == addresses);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view left{reinterpret_cast<const char*>(data), size};
  dns::route_options options;
  options.own_names = {"a.test"};
  options.own_addresses = {{ip_family::ipv4, {127, 0, 0, 1}}};
  const answer mx{left};
  const auto choice = dns::choose_hosts("a.b.test", io::read_mx(mx.raw()), options);
  TROUPE_EXPECT(choice.hosts.empty() == (choice.refusal.code != 0));
  TROUPE_EXPECT(choice.hosts.size() <= dns::mail_hosts_max);
  std::vector<dns::address_answer> found;
  for (std::size_t i = 0; i < choice.hosts.size(); ++i) {
    const answer v4{left};
    const answer v6{left};
    found.push_back(dns::join(io::read_addresses(v4.raw(), ip_family::ipv4),
                              io::read_addresses(v6.raw(), ip_family::ipv6)));
  }
  expect_sound(dns::make_plan("a.b.test", choice, {found.begin(), found.end()}, options), options);
  if (!found.empty())
    expect_sound(dns::plan_for_host("a.test", found.front(), options), options);
  return 0;
}
