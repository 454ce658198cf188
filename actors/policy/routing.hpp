// Where a recipient's mail goes next: local domains first, then the rules in their
// order, then MX. Built once from the configuration, then only read, from any thread.

#pragma once

#include "actors/policy/domain_pattern.hpp"
#include "actors/policy/local_domains.hpp"
#include "actors/policy/rate_limit.hpp"
#include "net/core/envelope.hpp"
#include "net/core/reply.hpp"
#include "net/core/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe::policy {

enum class next_hop_kind : std::uint8_t {
  mx,        ///< host: the domain (or address literal) whose MX records say where.
  smtp_host, ///< host and port, as is.
  lmtp_host, ///< host and port.
  lmtp_unix, ///< path of the socket.
  maildir,   ///< path: template with {user} and {domain}.
  discard,   ///< Delivered to nobody.
  fail,      ///< text: why; see fail_reply.
  hold,      ///< Kept until an operator releases it.
};

enum class tls_policy : std::uint8_t { off, may, required, dane, verified };

[[nodiscard]] std::string_view to_string(next_hop_kind kind) noexcept;
[[nodiscard]] std::string_view to_string(tls_policy tls) noexcept;
/// Fails with malformed.
[[nodiscard]] result<tls_policy> parse_tls_policy(std::string_view text);

/// What a rule asks of the sessions to its next hop.
struct hop_terms {
  tls_policy tls = tls_policy::may;
  std::string auth;              ///< "name:password", or empty.
  unsigned connections_max = 20; ///< Sessions at once to one destination.
  unsigned messages_per_connection = 100;
  std::optional<rate> deliveries; ///< Most deliveries, if limited.

  friend bool operator==(const hop_terms&, const hop_terms&) = default;
};

struct next_hop {
  next_hop_kind kind = next_hop_kind::mx;
  std::uint16_t port = 0; ///< 0 for mx: `[delivery] mx_port`.
  std::uint32_t rule = 0; ///< Of `[[route]]`, from 1; 0: a local domain, or no rule.
  std::string host;       ///< Without brackets, but for a literal of kind mx.
  std::string path;
  std::string text;
  /// Name of the ROUTE: "mx:relay.test", "smtp:127.0.0.1:2600", "smtp:[::1]:25",
  /// "lmtp:unix:/x", "lmtp:h:24", "maildir:local.test", "discard", "fail", "hold". Two rules that
  /// lead to one place under different terms have different names ("smtp:h:25~2"),
  /// and who merges MX sites must keep different `terms` apart in the same way.
  std::string key;
  /// What the message asks of its way; other than `none` only by heed_wish.
  tls_wish wish = tls_wish::none;
  std::shared_ptr<const hop_terms> terms; ///< Never null.
};

/// Parses `via` and `deliver`: "mx", "smtp:HOST:PORT", "lmtp:HOST:PORT",
/// "lmtp:unix:/path", "maildir:/path/{domain}/{user}", "discard", "fail:TEXT",
/// "hold". IPv6 hosts stand in brackets; ports default to 25 and 24. Fails with malformed.
[[nodiscard]] result<next_hop> parse_via(std::string_view via);

/// What the recipients of a hop of kind fail are bounced with: 550 5.7.1 and its
/// text, or the text's own code where it begins with one ("551 5.1.6 Moved").
[[nodiscard]] reply fail_reply(const next_hop& hop);

/// True where the message has arrived at its end there (maildir, lmtp, discard), so that
/// success is "delivered" and not "relayed" (RFC 3464 §2.3.3).
[[nodiscard]] bool is_final(next_hop_kind kind) noexcept;

/// The same hop for a message with that wish (RFC 8689), where the wish makes a difference
/// there: then under a key of its own ("mx:relay.test+requiretls", "mx:relay.test+tls-optional").
/// What ends on this machine travels no more. A notice goes on though the hop knows nothing of
/// REQUIRETLS (§5). An operator's own rule that asks for more than the domain's stands.
[[nodiscard]] next_hop heed_wish(next_hop hop, tls_wish wish, const mailbox& sender);

/// What stands behind the key of a hop with that wish.
[[nodiscard]] std::string_view wish_mark(tls_wish wish) noexcept;

/// One `[[route]]` of the configuration.
struct route_options {
  std::vector<std::string> match{"*"};
  std::string via = "mx";
  hop_terms terms;
};

class routing_table {
public:
  /// Fails with malformed where a pattern, `via` or `deliver` is; detail names it.
  [[nodiscard]] static result<routing_table> make(const std::vector<route_options>& rules,
                                                  std::shared_ptr<const local_domains> local);

  /// Always answers: where nothing matches it is MX under default terms. No DNS is
  /// asked. @pre !to.is_null()
  [[nodiscard]] next_hop find_next_hop(const mailbox& to) const;

private:
  domain_pattern_index patterns_;
  std::vector<next_hop> by_rule_;   ///< [0]: the default.
  std::vector<next_hop> by_domain_; ///< As in local_domains::options.
  std::shared_ptr<const local_domains> local_;
};

} // namespace troupe::policy
