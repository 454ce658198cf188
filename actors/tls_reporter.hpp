// TLS_REPORTER: counts how sessions fared with TLS, and reports to the domains that want to
// know (TLS-RPT, RFC 8460), by mail through our own queue.
//
//   Place      DELIVERY -> [TLS_REPORTER] -> the pool "dns", STORE
//   Spawned    by the node at start.
//   Dies       on shutdown, or of a crash: then the counts of this period are lost.
//   Restarted  by its SUPERVISOR. It begins to count anew.
//   Bound      tls_domains_max domains a period; one question, and one letter, at once. Its
//              mailbox drops what is too much: a count is no promise.
//   States     serving.

#pragma once

#include "actors/base_actor.hpp"
#include "actors/policy/tls_report.hpp"
#include "actors/resolver.hpp"
#include "actors/role.hpp"
#include "actors/store.hpp"

#include <caf/typed_actor.hpp>

#include <map>
#include <string>
#include <vector>

namespace troupe::actors {

struct tls_tried {
  policy::tls_try what;
};

struct tls_report_options {
  std::string hostname;
  mailbox from; ///< Null: no reports.
  milliseconds every{24 * 3600 * 1000};
  milliseconds question_wait{30'000}; ///< A DNS question waits so long for a RESOLVER.

  friend bool operator==(const tls_report_options&, const tls_report_options&) = default;
};

struct use_tls_report_options {
  tls_report_options options;
};

/// Looks at the clock.
struct tls_report_tick {};

using tls_reporter_actor
  = caf::typed_actor<caf::reacts_to<tls_tried>, caf::reacts_to<use_tls_report_options>,
                     caf::reacts_to<tls_report_tick>>;

class tls_reporter final : public base_actor<tls_reporter_actor> {
public:
  /// @param ids of its letters, nobody else's
  /// @pre `stores` is not empty
  tls_reporter(caf::actor_config& config, const house& home, tls_report_options options,
               role_ptr<dns_pool_actor> dns, std::vector<role_ptr<store_actor>> stores,
               std::shared_ptr<id_source> ids);

  const char* name() const override { return "tls_reporter"; }

protected:
  tls_reporter_actor::behavior_type make_behavior() override;

private:
  void on_tick();
  void report_next();
  void on_texts(const dns::record_answer& found);
  void send_letters(const std::vector<troupe::mailbox>& places);
  void post(const troupe::mailbox& to, std::string letter, message_id id);

  tls_report_options options_;
  const role_ptr<dns_pool_actor> dns_;
  const std::vector<role_ptr<store_actor>> stores_;
  const std::shared_ptr<id_source> ids_;
  policy::tls_tally tally_;
  wall_time begin_{};
  policy::tls_report_terms terms_; ///< Of the period that is being reported on.
  std::map<std::string, policy::tls_tally::pages> unreported_;
  bool asking_ = false;
  std::size_t turn_ = 0;
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::tls_tried)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::use_tls_report_options)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::tls_report_tick)
