// RESOLVER: asks the DNS.
//
//   Place      SWITCHBOARD -> [RESOLVER] -> DNS
//   Spawned    by the node at start, on the first I/O thread, whose loop watches
//              libunbound's descriptor.
//   Dies       on shutdown, or of a crash; who waits for an answer hears worker_lost.
//   Restarted  by its SUPERVISOR; the SWITCHBOARD asks again.
//   Bound      options.searches_max at once; above it mailbox_full, which defers mail.
//   States     serving. Each search has question_wait_max.

#pragma once

#include "actors/pinned_actor.hpp"
#include "net/dns/mail_route.hpp"
#include "net/io/resolver.hpp"

#include <caf/typed_actor.hpp>

#include <memory>
#include <string>
#include <unordered_map>

namespace troupe::actors {

/// Where mail for a domain (or an address literal) goes, by MX.
struct find_mail_hosts {
  std::string domain;
};

/// The addresses of a host by name, without MX.
struct find_host {
  std::string name;
};

/// DNS's own failures are refusals in the plan.
struct hosts_found {
  dns::mail_plan plan;
};

/// A question that has no answer by then is a temporary failure.
inline constexpr seconds question_wait_max{30};

// Both fail with timed_out, mailbox_full, malformed or worker_lost.
using resolver_actor = caf::typed_actor<caf::replies_to<find_mail_hosts>::with<hosts_found>,
                                        caf::replies_to<find_host>::with<hosts_found>>;

class resolver final : public pinned_actor<resolver_actor> {
public:
  /// Throws where libunbound won't start: then the node can't.
  resolver(caf::actor_config& config, const house& home, io_unit& unit,
           const io::resolver_options& options);

  const char* name() const override { return "resolver"; }
  void on_exit() override;

protected:
  resolver_actor::behavior_type make_behavior() override;

private:
  using found_promise = caf::typed_response_promise<hosts_found>;

  io::resolver::plan_handler answer_to(found_promise promise);

  const io::resolver_options options_;
  std::unique_ptr<io::resolver> asker_;
  std::unordered_map<std::uint64_t, found_promise> unanswered_;
  std::uint64_t questions_ = 0;
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::find_mail_hosts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::find_host)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::hosts_found)
