// RESOLVER: asks the DNS.
//
//   Place      SWITCHBOARD -> the pool "dns" -> [RESOLVER] -> DNS
//   Spawned    by the pool, on the I/O threads in turn, whose loops watch libunbound's
//              descriptors.
//   Dies       when the pool lets it go, or of a crash; who waits for an answer hears
//              worker_lost.
//   Restarted  by the pool; the SWITCHBOARD asks again.
//   Bound      options.searches_max at once, as many as the pool gives it; above it
//              mailbox_full.
//   States     serving. Each search has its `question_wait`.

#pragma once

#include "actors/pinned_actor.hpp"
#include "actors/policy/routing.hpp"
#include "actors/pool.hpp"
#include "net/dns/mail_route.hpp"
#include "net/dns/records.hpp"
#include "net/io/resolver.hpp"

#include <caf/typed_actor.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace troupe::actors {

enum class host_kind : std::uint8_t {
  mail_domain, ///< A domain or an address literal: where its mail goes, by MX.
  host,        ///< The addresses of the host itself, without MX.
  records,     ///< Whatever records of `type` the name has.
};

/// Where does mail for it go? Or what stands there?
struct find_hosts {
  std::string name;
  host_kind kind = host_kind::mail_domain;
  dns::record_type type = dns::record_type::txt; ///< Of `records`.
  std::uint16_t tlsa_port = 0; ///< Where hosts are to be dialled with TLS; 0: not with DANE.
};

/// True for hops whose addresses the DNS has to say; the others have no host.
[[nodiscard]] bool asks_dns(const policy::next_hop& hop);

/// @pre asks_dns(hop)
[[nodiscard]] find_hosts question_for(const policy::next_hop& hop, std::uint16_t mx_port);

/// DNS's own failures are refusals in the plan, and kinds of answer among the records.
struct hosts_found {
  dns::mail_plan plan;
  dns::record_answer records{}; ///< Of host_kind::records.
};

// Fails with timed_out, mailbox_full, malformed or worker_lost.
using resolver_actor = caf::typed_actor<caf::replies_to<find_hosts>::with<hosts_found>>;

/// RESOLVERS, each of which has many questions under way at once.
using dns_pool_actor = pool_actor<find_hosts, hosts_found>;

class resolver final : public pinned_actor<resolver_actor> {
public:
  /// Throws where libunbound won't start: then the node can't.
  /// @param question_wait a question without an answer by then has timed out
  resolver(caf::actor_config& config, const house& home, std::string path, io_unit& unit,
           const io::resolver_options& options, milliseconds question_wait);

  const char* name() const override { return "resolver"; }
  void on_exit() override;

protected:
  resolver_actor::behavior_type make_behavior() override;

private:
  using found_promise = caf::typed_response_promise<hosts_found>;

  found_promise on_find_hosts(const find_hosts& x);
  std::uint64_t remember(found_promise promise);
  void answer(std::uint64_t number, result<hosts_found> found);

  const io::resolver_options options_;
  const milliseconds question_wait_;
  std::unique_ptr<io::resolver> asker_;
  std::unordered_map<std::uint64_t, found_promise> unanswered_;
  std::uint64_t questions_ = 0;
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::find_hosts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::hosts_found)
