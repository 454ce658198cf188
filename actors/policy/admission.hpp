// Whose mail is taken, and for whom: the rules that keep this from being an open
// relay. Answers one RCPT at a time, from values only.

#pragma once

#include "actors/policy/domain_pattern.hpp"
#include "actors/policy/local_domains.hpp"
#include "net/core/ip_address.hpp"
#include "net/core/reply.hpp"

#include <memory>
#include <string>
#include <vector>

namespace troupe::policy {

/// `[relay]`.
struct relay_options {
  std::vector<ip_network> networks; ///< Peers that may send to anywhere.
  std::vector<std::string> domains; ///< Taken from anybody, sent on: "relay.test", "*.relay.test".
  std::vector<ip_address> own_addresses; ///< "[192.0.2.1]" with one of these is our home domain.
};

/// What is known about the peer when it says RCPT.
struct peer_standing {
  ip_address address; ///< No address for a peer on a local socket.
  bool authenticated = false;
};

enum class recipient_place { local, relay, refused };

struct recipient_verdict {
  recipient_place place = recipient_place::refused;
  /// Where it goes on: as given, but "postmaster" and our own address literals
  /// have got the home domain. Spelling is kept otherwise.
  mailbox to;
  reply refusal; ///< Only where refused.
};

class admission {
public:
  /// Fails with malformed where a relay domain is no pattern.
  [[nodiscard]] static result<admission> make(const relay_options& options,
                                              std::shared_ptr<const local_domains> local);

  /// True where the peer may send to anywhere: by network, or since it logged in.
  [[nodiscard]] bool may_relay(const peer_standing& peer) const noexcept;

  /// Local: the user, alias or postmaster exists. Relay: the domain is a relay
  /// domain or the peer may relay. Refused: 550 5.1.1 nobody of that name,
  /// 550 5.7.1 relaying denied, 550 5.7.1 a local part with a route in it
  /// ("user%other", "other!user", "user@other") that nobody vouches for: the next
  /// host might follow it, and trusts us.
  [[nodiscard]] recipient_verdict check_recipient(const peer_standing& peer,
                                                  const mailbox& to) const;

  [[nodiscard]] const std::shared_ptr<const local_domains>& local() const noexcept {
    return local_;
  }

private:
  admission() = default;
  [[nodiscard]] mailbox at_home(const mailbox& to) const;

  std::vector<ip_network> networks_;
  std::vector<ip_address> own_addresses_;
  domain_pattern_index relay_domains_;
  std::shared_ptr<const local_domains> local_;
};

} // namespace troupe::policy
