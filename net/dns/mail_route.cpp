#include "net/dns/mail_route.hpp"

#include "net/core/expect.hpp"
#include "net/core/mailbox.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <limits>

namespace troupe::dns {

namespace {

// "mx:a+1-" and so many hexadecimal digits of SHA-256: 80 bits, so that nobody finds
// an MX set of his own with the site of another.
constexpr std::size_t site_digest_bytes = 10;

constexpr seconds ttl_unbounded = seconds::max();

reply say(int code, std::string enhanced, std::string text) {
  return {code, std::move(enhanced), {std::move(text)}};
}

reply say_dns_failed(std::string_view name, answer_kind kind) {
  const char* why = kind == answer_kind::timed_out ? "timed out"
                    : kind == answer_kind::bogus   ? "gave an answer that DNSSEC refutes"
                                                   : "failed";
  return say(451, "4.4.3", "DNS lookup for " + std::string{name} + " " + why);
}

reply say_loop(std::string_view domain) {
  return say(554, "5.4.6", "Mail for " + std::string{domain} + " would come back to this host");
}

reply say_no_address(std::string_view domain, bool implicit_mx) {
  if (implicit_mx)
    return say(550, "5.1.2", "Domain " + std::string{domain} + " has no mail host and no address");
  return say(550, "5.4.4", "No mail host of " + std::string{domain} + " has an address");
}

bool is_own(std::string_view host, const route_options& options) {
  return std::find(options.own_names.begin(), options.own_names.end(), host)
         != options.own_names.end();
}

bool is_own(const ip_address& address, const route_options& options) {
  return std::find(options.own_addresses.begin(), options.own_addresses.end(), address)
         != options.own_addresses.end();
}

seconds clamp_ttl(seconds ttl, const route_options& options) {
  return std::clamp(ttl, options.valid_min, std::max(options.valid_min, options.valid_max));
}

/// What can be connected to: allowed, sorted, each once, families in turns, bounded.
std::vector<ip_address> usable(std::vector<ip_address> found, address_family family) {
  std::erase_if(found, [&](const ip_address& x) { return !allows(family, x); });
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  const auto v6 = std::stable_partition(found.begin(), found.end(), [](const ip_address& x) {
    return x.family == ip_family::ipv6;
  });
  std::vector<ip_address> out;
  auto a = found.begin();
  auto b = v6;
  while (out.size() < host_addresses_max && (a != v6 || b != found.end())) {
    if (a != v6)
      out.push_back(*a++);
    if (b != found.end() && out.size() < host_addresses_max)
      out.push_back(*b++);
  }
  return out;
}

/// Keeps what is strictly more preferred than we are (RFC 5321 §5.1).
template <class Host>
void drop_from(std::vector<Host>& hosts, std::uint16_t own_preference) {
  std::erase_if(hosts, [&](const Host& x) { return x.preference >= own_preference; });
}

} // namespace

bool is_host_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > 253)
    return false;
  std::size_t label_bytes = 0;
  bool number = true;
  for (const char c : name) {
    if (c == '.') {
      if (label_bytes == 0)
        return false;
      label_bytes = 0;
      number = true;
      continue;
    }
    const bool digit = c >= '0' && c <= '9';
    const bool other = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    if ((!digit && !other) || ++label_bytes > 63)
      return false;
    number = number && digit;
  }
  return label_bytes > 0 && !number;
}

host_choice choose_hosts(std::string_view domain, const mx_answer& answer,
                         const route_options& options) {
  host_choice choice;
  choice.ttl = answer.ttl;
  choice.secure = answer.secure;
  if (!is_host_name(domain)) {
    choice.refusal = say(550, "5.1.2", "The recipient's domain is no domain name");
    choice.ttl = ttl_unbounded;
    return choice;
  }
  if (is_temporary(answer.kind)) {
    choice.refusal = say_dns_failed(domain, answer.kind);
    choice.ttl = seconds{0};
    return choice;
  }
  if (answer.kind == answer_kind::no_domain) {
    choice.refusal = say(550, "5.1.2", "Domain " + std::string{domain} + " does not exist");
    return choice;
  }
  choice.implicit_mx = answer.kind == answer_kind::no_data || answer.records.empty();
  if (choice.implicit_mx)
    choice.hosts.push_back({0, std::string{domain}});
  else
    choice.hosts = answer.records;

  // RFC 7505 §3: beside others, the root is just a host that can't be.
  if (choice.hosts.size() == 1 && choice.hosts.front().host.empty()) {
    choice.hosts.clear();
    choice.refusal = say(556, "5.1.10", "Domain " + std::string{domain} + " accepts no mail");
    return choice;
  }
  for (auto& x : choice.hosts)
    x.host = domain_key(x.host);
  std::erase_if(choice.hosts, [](const mx_record& x) { return !is_host_name(x.host); });
  if (choice.hosts.empty()) {
    choice.refusal = say_no_address(domain, choice.implicit_mx);
    return choice;
  }

  std::sort(choice.hosts.begin(), choice.hosts.end());
  const auto own = std::find_if(choice.hosts.begin(), choice.hosts.end(),
                                [&](const mx_record& x) { return is_own(x.host, options); });
  if (own != choice.hosts.end())
    drop_from(choice.hosts, own->preference);
  if (choice.hosts.empty()) {
    choice.refusal = say_loop(domain);
    return choice;
  }

  // A host that is named twice counts where it is preferred most.
  std::vector<mx_record> once;
  for (auto& x : choice.hosts) {
    if (once.size() == mail_hosts_max)
      break;
    if (std::none_of(once.begin(), once.end(), [&](const mx_record& y) { return y.host == x.host; }))
      once.push_back(std::move(x));
  }
  choice.hosts = std::move(once);
  return choice;
}

address_answer join(address_answer a, address_answer aaaa) {
  const bool unsure = is_temporary(a.kind) || is_temporary(aaaa.kind);
  address_answer both;
  // One that has no records says nothing about those that are dialled.
  both.secure = (a.secure || a.addresses.empty()) && (aaaa.secure || aaaa.addresses.empty())
                && !(a.addresses.empty() && aaaa.addresses.empty());
  both.canonical = a.addresses.empty() ? aaaa.canonical : a.canonical;
  both.addresses = std::move(aaaa.addresses);
  both.addresses.insert(both.addresses.end(), a.addresses.begin(), a.addresses.end());
  // Half an answer is good enough to deliver, not to be kept.
  both.ttl = unsure ? seconds{0} : std::min(a.ttl, aaaa.ttl);
  if (!both.addresses.empty())
    both.kind = answer_kind::records;
  else if (unsure)
    both.kind = is_temporary(a.kind) ? a.kind : aaaa.kind;
  else
    both.kind = a.kind == answer_kind::no_domain ? a.kind : aaaa.kind;
  return both;
}

std::vector<std::string> tlsa_bases(const host_choice& choice, std::string_view host,
                                    const address_answer& addresses) {
  if (!choice.secure || !addresses.secure)
    return {};
  std::vector<std::string> names;
  const auto canonical = domain_key(addresses.canonical);
  if (canonical != host && is_host_name(canonical))
    names.push_back(canonical);
  names.emplace_back(host);
  return names;
}

mail_plan make_plan(std::string_view domain, const host_choice& choice,
                    std::vector<host_answer> answers, const route_options& options) {
  mail_plan plan;
  plan.domain = domain;
  plan.implicit_mx = choice.implicit_mx;
  plan.secure = choice.secure;
  plan.valid_for = clamp_ttl(choice.ttl, options);
  plan.refusal = choice.refusal;
  if (choice.hosts.empty())
    return plan;

  TROUPE_EXPECT(answers.size() == choice.hosts.size());
  plan.site = site_of(choice.hosts);
  auto ttl = choice.ttl;
  auto own_preference = std::uint32_t{std::numeric_limits<std::uint16_t>::max()} + 1;
  const address_answer* unsure = nullptr;
  std::string_view unsure_host;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto& host = choice.hosts[i];
    const auto& answer = answers[i].addresses;
    ttl = std::min({ttl, is_temporary(answer.kind) ? seconds{0} : answer.ttl, answers[i].dane_ttl});
    if (is_temporary(answer.kind) && unsure == nullptr) {
      unsure = &answer;
      unsure_host = host.host;
    }
    auto found = usable(answer.addresses, options.family);
    if (std::any_of(found.begin(), found.end(),
                    [&](const ip_address& x) { return is_own(x, options); }))
      own_preference = std::min<std::uint32_t>(own_preference, host.preference);
    if (!found.empty())
      plan.hosts.push_back(
        {host.preference, host.host, std::move(found), std::move(answers[i].dane)});
  }
  plan.valid_for = clamp_ttl(ttl, options);
  const bool some = plan.has_hosts();
  std::erase_if(plan.hosts, [&](const mail_host& x) { return x.preference >= own_preference; });
  if (plan.has_hosts())
    return plan;
  // A host that might answer later decides: in doubt, the mail waits.
  if (unsure != nullptr)
    plan.refusal = say_dns_failed(unsure_host, unsure->kind);
  else if (some)
    plan.refusal = say_loop(domain);
  else
    plan.refusal = say_no_address(domain, choice.implicit_mx);
  return plan;
}

mail_plan plan_for_host(std::string_view name, host_answer answer, const route_options& options) {
  const auto& addresses = answer.addresses;
  mail_plan plan;
  plan.domain = domain_key(name);
  plan.site = "host:" + plan.domain;
  plan.secure = true; // the rule is the operator's own word
  plan.valid_for = clamp_ttl(
    is_temporary(addresses.kind) ? seconds{0} : std::min(addresses.ttl, answer.dane_ttl), options);
  auto found = usable(addresses.addresses, options.family);
  if (!found.empty())
    plan.hosts.push_back({0, plan.domain, std::move(found), std::move(answer.dane)});
  else if (is_temporary(addresses.kind))
    plan.refusal = say_dns_failed(plan.domain, addresses.kind);
  else
    plan.refusal = say(451, "4.4.4", "Next hop " + plan.domain + " has no address");
  return plan;
}

mail_plan plan_for_address(const ip_address& address, const route_options& options) {
  mail_plan plan;
  plan.domain = to_literal(address);
  plan.site = "host:" + to_string(address);
  plan.valid_for = clamp_ttl(ttl_unbounded, options);
  if (is_own(address, options))
    plan.refusal = say_loop(plan.domain);
  else if (!allows(options.family, address))
    plan.refusal = say(550, "5.4.4", "No way to the address family of " + plan.domain);
  else
    plan.hosts.push_back({0, plan.domain, {address}});
  return plan;
}

std::string site_of(const std::vector<mx_record>& hosts) {
  TROUPE_EXPECT(!hosts.empty());
  std::string site = "mx:" + hosts.front().host;
  if (hosts.size() == 1)
    return site;
  std::string all;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    // A blank stands between equals, a line end before the less preferred.
    if (i > 0)
      all += hosts[i].preference == hosts[i - 1].preference ? ' ' : '\n';
    all += hosts[i].host;
  }
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(all.data()), all.size(), digest.data());
  site += '+' + std::to_string(hosts.size() - 1) + '-';
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 0; i < site_digest_bytes; ++i) {
    site += digits[digest[i] >> 4];
    site += digits[digest[i] & 15];
  }
  return site;
}

} // namespace troupe::dns
