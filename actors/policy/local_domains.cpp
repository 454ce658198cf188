#include "actors/policy/local_domains.hpp"

#include "actors/policy/plain_text.hpp"

#include <algorithm>

namespace troupe::policy {

namespace {

error malformed(std::string_view what, std::string_view domain) {
  return {errc::malformed, std::string{what} + " in domain " + std::string{domain}};
}

/// "alice" is in the alias' own domain.
result<mailbox> parse_target(std::string_view text, std::string_view domain) {
  if (text.find('@') == text.npos)
    return parse_mailbox(std::string{text} + '@' + std::string{domain}, utf8::allowed);
  return parse_mailbox(text, utf8::allowed);
}

/// What other systems may take for a route to yet another one.
bool has_routing_sign(std::string_view local) noexcept {
  return local.find_first_of("%!@") != local.npos;
}

} // namespace

result<local_domains> local_domains::make(std::vector<domain_options> domains,
                                          std::string_view hostname) {
  local_domains made;
  made.options_ = std::move(domains);
  for (std::size_t i = 0; i < made.options_.size(); ++i) {
    const auto& domain = made.options_[i];
    if (!is_domain(domain.name, utf8::allowed))
      return malformed("no domain name", domain.name);
    domain_entry entry{i, !domain.users.has_value(), {}, {}};
    for (const auto& user : domain.users.value_or(std::vector<std::string>{})) {
      if (user.empty())
        return malformed("an empty user name", domain.name);
      entry.users.insert(ascii_lower(user));
    }
    if (const auto added = made.add_aliases(domain, entry); !added)
      return added.error();
    if (!made.entries_.emplace(domain_key(domain.name), std::move(entry)).second)
      return malformed("the same name twice", domain.name);
  }
  if (const auto known = made.check_targets(); !known)
    return known.error();
  if (!made.options_.empty()) {
    const auto* host = made.find(hostname);
    made.home_ = made.options_[host ? host->index : 0].name;
  }
  return made;
}

status local_domains::add_aliases(const domain_options& domain, domain_entry& entry) const {
  for (const auto& [name, targets] : domain.aliases) {
    if (name.empty() || targets.empty())
      return malformed("an alias without a name or a target", domain.name);
    auto& known = entry.aliases[ascii_lower(name)];
    for (const auto& target : targets) {
      auto parsed = parse_target(target, domain.name);
      if (!parsed)
        return malformed("alias " + name + ": no address: " + target, domain.name);
      known.push_back(std::move(*parsed));
    }
  }
  return {};
}

status local_domains::check_targets() const {
  for (const auto& [domain, entry] : entries_)
    for (const auto& [name, targets] : entry.aliases)
      for (const auto& target : targets) {
        const auto found = look_up(target);
        if (found == standing::unknown || found == standing::suspect)
          return error{errc::not_found, "alias " + name + " in domain " + domain
                                          + ": nobody is called " + to_string(target)};
      }
  return {};
}

const local_domains::domain_entry* local_domains::find(std::string_view domain) const {
  if (entries_.empty())
    return nullptr;
  const auto found = entries_.find(domain_key(domain));
  return found == entries_.end() ? nullptr : &found->second;
}

std::optional<std::size_t> local_domains::index_of_key(std::string_view key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? std::nullopt : std::optional{found->second.index};
}

local_domains::standing local_domains::look_up(const mailbox& who) const {
  const auto* domain = find(who.domain);
  if (!domain)
    return standing::not_local;
  const auto local = ascii_lower(who.local);
  if (domain->aliases.contains(local))
    return standing::alias;
  // RFC 5321 §4.5.1: every domain that takes mail has a postmaster.
  if (domain->users.contains(local) || local == "postmaster")
    return standing::user;
  if (!domain->takes_everybody || local.empty())
    return standing::unknown;
  return has_routing_sign(local) ? standing::suspect : standing::user;
}

bool local_domains::has_mailbox(const mailbox& who) const {
  const auto* domain = find(who.domain);
  if (!domain || who.local.empty())
    return false;
  return domain->takes_everybody ? !has_routing_sign(who.local)
                                 : domain->users.contains(ascii_lower(who.local));
}

const std::vector<mailbox>* local_domains::alias_targets(const mailbox& who) const {
  const auto* domain = find(who.domain);
  if (!domain || domain->aliases.empty())
    return nullptr;
  const auto found = domain->aliases.find(ascii_lower(who.local));
  return found == domain->aliases.end() ? nullptr : &found->second;
}

} // namespace troupe::policy
