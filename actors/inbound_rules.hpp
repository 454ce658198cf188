// What a LISTENER and its SESSIONS go by: immutable, replaced whole by a reload.
// A session keeps those it began with.

#pragma once

#include "actors/door_rules.hpp"
#include "actors/examination_terms.hpp"
#include "actors/filter_terms.hpp"
#include "actors/policy/admission.hpp"
#include "actors/policy/aliases.hpp"
#include "actors/policy/routing.hpp"
#include "actors/policy/sender_rule.hpp"
#include "actors/role.hpp"
#include "actors/spool.hpp"
#include "actors/store.hpp"
#include "net/io/tls_context.hpp"
#include "net/smtp/session_options.hpp"

#include <memory>
#include <string>
#include <vector>

namespace troupe::actors {

/// How people log in at a listener.
struct door_logins {
  std::string mechanisms; ///< As EHLO says them: "SCRAM-SHA-256 PLAIN LOGIN".
  std::string mechanisms_bound; ///< The same where a login can be bound to the TLS connection.
  bool in_clear_on_loopback = false; ///< Also without TLS, to peers of this host.
  std::shared_ptr<const policy::sender_rule> senders; ///< Null: any MAIL FROM goes.
};

struct inbound_rules {
  smtp::session_options session;
  door_rules door;
  std::shared_ptr<const policy::admission> admission;
  std::shared_ptr<const policy::routing_table> routing;
  policy::alias_bounds aliases;
  std::shared_ptr<const door_logins> logins; ///< Null: nobody logs in.
  bool completes_headers = false; ///< Date and Message-ID are put in where they are missing.
  io::tls_context_ptr tls;      ///< Null where session.starttls is off and TLS doesn't come first.
  bool begins_with_tls = false; ///< The handshake stands before the greeting (RFC 8314 §3.3).
  seconds handshake_max{30};    ///< From its beginning to its end.
  examination_terms_ptr examination; ///< Null: nobody checks or signs.
  io::endpoint listens_at; ///< As filters are told.
  filter_list_ptr filters; ///< Null: nobody looks at this mail.
  milliseconds filter_place_wait = seconds{30}; ///< For a place in the filter pool.
  int priority = 0; ///< As MT-PRIORITY, of mail that asks for none (or for 0, RFC 6710's none).
  /// For the SPOOL and for the STORE, each. A commit that takes longer is answered
  /// 451; it may succeed later all the same, and then the letter comes twice.
  seconds commit_wait_max{60};
  /// For the GATEKEEPER: its patience with guesses, and a slow hash. Then 454.
  seconds login_wait_max{150};
};

using inbound_rules_ptr = std::shared_ptr<const inbound_rules>;

/// The queue as the doors see it; one of each for each shard.
struct queue_doors {
  std::vector<role_ptr<store_actor>> stores;
  std::vector<role_ptr<spool_actor>> spools;
};

} // namespace troupe::actors
