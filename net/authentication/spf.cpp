#include "net/authentication/spf.hpp"

#include "net/authentication/client_name.hpp"
#include "net/authentication/dkim_signature.hpp"
#include "net/core/mailbox.hpp"

#include <algorithm>

namespace troupe::authentication {

namespace {

constexpr std::string_view hex = "0123456789abcdef";

/// A mechanism's answer, where it is not an error of the whole.
enum class matched : std::uint8_t { no, yes, temperror, permerror, unknown };

/// §4.3: a name that the DNS could have, of two labels at least.
bool is_checkable(std::string_view domain) {
  if (domain.ends_with('.'))
    domain.remove_suffix(1);
  if (domain.size() > 253 || domain.find('.') == domain.npos)
    return false;
  while (true) {
    const auto dot = domain.find('.');
    const auto label = domain.substr(0, dot);
    if (label.empty() || label.size() > 63)
      return false;
    if (dot == domain.npos)
      return true;
    domain.remove_prefix(dot + 1);
  }
}

ip_network network_around(ip_address address, unsigned bits) {
  const unsigned most = address.family == ip_family::ipv4 ? 32 : 128;
  for (unsigned bit = bits; bit < most; ++bit)
    address.bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80u >> bit % 8));
  return {address, bits};
}

/// One evaluation. It begins anew whenever an answer came in: the book says the same again.
class evaluation {
public:
  evaluation(const spf_facts& facts, dns_book& book, const spf_limits& limits)
    : facts_(facts), book_(book), limits_(limits) {}

  /// Nothing: an answer is missing.
  std::optional<spf_outcome> check_host(const std::string& domain) {
    if (!is_checkable(domain))
      return spf_outcome::none;
    const auto* const answer = book_.find(domain, record_type::txt);
    if (answer == nullptr)
      return std::nullopt;
    if (answer->outcome == dns_outcome::failed)
      return spf_outcome::temperror;
    const auto is_one = [](const std::string& text) { return is_spf_record(text); };
    const auto count = std::count_if(answer->texts.begin(), answer->texts.end(), is_one);
    if (count == 0)
      return spf_outcome::none;
    if (count > 1)
      return spf_outcome::permerror;
    const auto record
      = parse_spf_record(*std::find_if(answer->texts.begin(), answer->texts.end(), is_one));
    return record ? evaluate(*record, domain) : spf_outcome::permerror;
  }

private:
  std::optional<spf_outcome> evaluate(const spf_record& record, const std::string& domain) {
    for (const auto& each : record.directives) {
      switch (try_directive(each, domain)) {
        case matched::yes: return each.matched;
        case matched::no: break;
        case matched::temperror: return spf_outcome::temperror;
        case matched::permerror: return spf_outcome::permerror;
        case matched::unknown: return std::nullopt;
      }
    }
    if (record.redirect.empty())
      return spf_outcome::neutral;
    if (!count_lookup())
      return spf_outcome::permerror;
    const auto target = name_from(record.redirect, domain);
    if (!target)
      return std::nullopt;
    const auto outcome = check_host(*target);
    return outcome == spf_outcome::none ? spf_outcome::permerror : outcome; // §6.1
  }

  matched try_directive(const spf_directive& each, const std::string& domain) {
    switch (each.mechanism) {
      case spf_mechanism::all: return matched::yes;
      case spf_mechanism::ip4:
      case spf_mechanism::ip6: return each.network.contains(facts_.client) ? matched::yes : matched::no;
      case spf_mechanism::include:
      case spf_mechanism::a:
      case spf_mechanism::mx:
      case spf_mechanism::ptr:
      case spf_mechanism::exists: break;
    }
    if (!count_lookup())
      return matched::permerror;
    const auto name = each.domain.empty() ? std::optional{domain} : name_from(each.domain, domain);
    if (!name)
      return matched::unknown;
    if (each.mechanism == spf_mechanism::include)
      return include(*name);
    if (each.mechanism == spf_mechanism::ptr)
      return has_pointer(*name);
    if (!is_checkable(*name))
      return matched::no;
    if (each.mechanism == spf_mechanism::exists)
      return exists(*name);
    return each.mechanism == spf_mechanism::a ? has_address(*name, each) : has_exchanger(*name, each);
  }

  matched include(const std::string& domain) {
    const auto outcome = check_host(domain);
    if (!outcome)
      return matched::unknown;
    switch (*outcome) { // §5.2
      case spf_outcome::pass: return matched::yes;
      case spf_outcome::fail:
      case spf_outcome::softfail:
      case spf_outcome::neutral: return matched::no;
      case spf_outcome::temperror: return matched::temperror;
      case spf_outcome::permerror:
      case spf_outcome::none: return matched::permerror;
    }
    return matched::permerror;
  }

  /// An answer that counts, or what is to be said instead.
  struct found {
    const dns_answer* answer = nullptr;
    matched instead = matched::unknown;
  };

  found ask(std::string_view name, record_type type) {
    const auto* const answer = book_.find(name, type);
    if (answer == nullptr)
      return {nullptr, matched::unknown};
    if (answer->outcome == dns_outcome::failed)
      return {nullptr, matched::temperror};
    if (answer->outcome == dns_outcome::nothing && ++voids_ > limits_.void_lookups_max)
      return {nullptr, matched::permerror};
    return {answer, matched::no};
  }

  [[nodiscard]] record_type address_type() const {
    return facts_.client.family == ip_family::ipv6 ? record_type::aaaa : record_type::a;
  }

  matched has_address(std::string_view host, const spf_directive& each) {
    const auto got = ask(host, address_type());
    if (got.answer == nullptr)
      return got.instead;
    const auto bits = facts_.client.family == ip_family::ipv6 ? each.ip6_bits : each.ip4_bits;
    const auto& all = got.answer->addresses;
    return std::any_of(all.begin(), all.end(),
                       [&](const auto& one) { return network_around(one, bits).contains(facts_.client); })
             ? matched::yes
             : matched::no;
  }

  matched has_exchanger(const std::string& domain, const spf_directive& each) {
    const auto got = ask(domain, record_type::mx);
    if (got.answer == nullptr)
      return got.instead;
    if (got.answer->texts.size() > limits_.hosts_max)
      return matched::permerror;
    bool incomplete = false;
    for (const auto& host : got.answer->texts) {
      if (!is_checkable(host))
        continue; // a null MX among them
      const auto one = has_address(host, each);
      if (one == matched::unknown)
        incomplete = true; // ask for all hosts at once
      else if (one != matched::no && !incomplete)
        return one;
    }
    return incomplete ? matched::unknown : matched::no;
  }

  matched exists(const std::string& name) {
    const auto got = ask(name, record_type::a); // §5.7: also for a client of IPv6
    if (got.answer == nullptr)
      return got.instead;
    return got.answer->addresses.empty() ? matched::no : matched::yes;
  }

  /// The names of the client that lead back to it (§5.5), or nothing yet.
  std::optional<std::vector<std::string>> validated_names() {
    const auto* const names = book_.find(reverse_name(facts_.client), record_type::ptr);
    if (names == nullptr)
      return std::nullopt;
    std::vector<std::string> good;
    bool incomplete = false;
    for (std::size_t i = 0; i < std::min(names->texts.size(), limits_.hosts_max); ++i) {
      const auto* const answer = book_.find(names->texts[i], address_type());
      if (answer == nullptr)
        incomplete = true;
      else if (std::find(answer->addresses.begin(), answer->addresses.end(), facts_.client)
               != answer->addresses.end())
        good.push_back(domain_key(names->texts[i]));
    }
    if (incomplete)
      return std::nullopt;
    return good;
  }

  matched has_pointer(const std::string& domain) {
    const auto names = validated_names();
    if (!names)
      return matched::unknown;
    const auto target = domain_key(domain);
    return std::any_of(names->begin(), names->end(),
                       [&](const auto& name) { return is_within(name, target); })
             ? matched::yes
             : matched::no;
  }

  std::optional<std::string> name_from(const std::string& spec, const std::string& domain) {
    std::string validated = "unknown";
    if (asks_for_validated(spec)) {
      const auto names = validated_names();
      if (!names)
        return std::nullopt;
      validated = best_of(*names, domain_key(domain));
    }
    return expand_macros(spec, facts_, domain, validated);
  }

  static std::string best_of(const std::vector<std::string>& names, const std::string& domain) {
    if (std::find(names.begin(), names.end(), domain) != names.end())
      return domain;
    const auto below
      = std::find_if(names.begin(), names.end(), [&](const auto& name) { return is_within(name, domain); });
    if (below != names.end())
      return *below;
    return names.empty() ? "unknown" : names.front();
  }

  bool count_lookup() { return ++lookups_ <= limits_.lookups_max; }

  const spf_facts& facts_;
  dns_book& book_;
  const spf_limits& limits_;
  unsigned lookups_ = 0;
  unsigned voids_ = 0;
};

} // namespace

std::optional<spf_outcome> check_spf(const spf_facts& facts, dns_book& book, const spf_limits& limits) {
  return evaluation{facts, book, limits}.check_host(facts.sender_domain);
}

} // namespace troupe::authentication
