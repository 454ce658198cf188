// The domains whose mail ends here: which local parts exist, what they stand for.
// Built once from the configuration, then only read, from any thread.

#pragma once

#include "actors/policy/text_map.hpp"
#include "net/core/mailbox.hpp"
#include "net/core/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::policy {

/// One `[[domain]]` of the configuration.
struct domain_options {
  std::string name;
  std::optional<std::vector<std::string>> users; ///< Nothing: every local part is accepted.
  std::map<std::string, std::vector<std::string>>
    aliases;                       ///< Targets: "alice" or "bob@elsewhere.test".
  std::string deliver = "discard"; ///< See parse_via; the default suits only tests.
};

/// Local parts and domains are compared without regard to ASCII case, and a local
/// part is never taken apart: "user%other" is just a name that nobody has.
class local_domains {
public:
  /// What a local part is within its domain.
  enum class standing {
    not_local, ///< The domain is not one of ours.
    user,
    alias,
    unknown, ///< No such user.
    suspect, ///< Accepted by no list, and with a routing sign in it: "%", "!" or "@".
  };

  /// No domain at all: everything is somebody else's.
  local_domains() = default;

  /// Fails with malformed: a name that is no domain or comes twice, an empty local
  /// part, an alias target that is no address; with not_found: a target that is
  /// nobody in a domain of ours. detail names it.
  /// @param hostname of the node: its domain, if local, owns "postmaster" without one
  [[nodiscard]] static result<local_domains> make(std::vector<domain_options> domains,
                                                  std::string_view hostname);

  [[nodiscard]] standing look_up(const mailbox& who) const;

  /// True where mail for `who` has a mailbox of its own, whether or not an alias
  /// of that name comes before it.
  [[nodiscard]] bool has_mailbox(const mailbox& who) const;

  /// What an alias stands for, or null where `who` is none.
  /// Lives as long as this object.
  [[nodiscard]] const std::vector<mailbox>* alias_targets(const mailbox& who) const;

  /// The place of a domain in the options, or nothing if it is not local.
  /// @param key as domain_key makes it
  [[nodiscard]] std::optional<std::size_t> index_of_key(std::string_view key) const;

  /// The domain that owns "postmaster" without one (RFC 5321 §4.5.1) and our own
  /// address literals: the hostname's, else the first. Empty if there is none.
  [[nodiscard]] const std::string& home() const noexcept { return home_; }

  [[nodiscard]] const std::vector<domain_options>& options() const noexcept { return options_; }

private:
  struct domain_entry {
    std::size_t index = 0;
    bool takes_everybody = false;
    text_set users; ///< Lower case, as are the aliases.
    text_map<std::vector<mailbox>> aliases;
  };

  [[nodiscard]] const domain_entry* find(std::string_view domain) const;
  [[nodiscard]] status add_aliases(const domain_options& domain, domain_entry& entry) const;
  [[nodiscard]] status check_targets() const;

  std::vector<domain_options> options_;
  text_map<domain_entry> entries_; ///< By domain_key.
  std::string home_;
};

} // namespace troupe::policy
