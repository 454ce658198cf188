// From the configuration to how people log in: the users file, the rules of the
// GATEKEEPER and of the doors, and the key of this node.

#pragma once

#include "actors/gatekeeper.hpp"
#include "actors/inbound_rules.hpp"
#include "app/config/config.hpp"

#include <memory>
#include <string>

namespace troupe::app {

/// All of it that a reload replaces.
struct login_book {
  std::shared_ptr<const sasl::users_table> users; ///< Empty where there is no users file.
  std::shared_ptr<const policy::sender_rule> senders;
};

/// Reads the users file. Fails with what is wrong, its lines named.
[[nodiscard]] result<login_book> make_login_book(const config& from,
                                                 std::shared_ptr<const policy::local_domains> local);

/// @param key of this node
[[nodiscard]] actors::login_rules_ptr make_login_rules(const config& from, const login_book& book,
                                                       std::string key);

/// Null where nobody logs in at that door.
[[nodiscard]] std::shared_ptr<const actors::door_logins>
make_door_logins(const config& from, const listener_config& door, const login_book& book);

[[nodiscard]] actors::pool_terms make_auth_pool(const config& from);

/// How long a SESSION waits for the GATEKEEPER: its queue, the pool, the check.
[[nodiscard]] seconds login_wait_max(const config& from);

/// A secret of this node, made once and kept in data_dir: what strangers see of names
/// that nobody has must not change with a restart. Fails with storage_failed.
[[nodiscard]] result<std::string> open_login_key(const std::string& data_dir);

} // namespace troupe::app
