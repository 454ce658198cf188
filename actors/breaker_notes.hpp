// What the owner of a circuit breaker tells the log and the metrics of it, and what an
// operator may do to it: the same for ROUTES, the DNS and STORES.

#pragma once

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"
#include "actors/policy/breaker.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <optional>
#include <string>

namespace troupe::actors {

enum class breaker_act : std::uint8_t { open, close, reset };

/// To the owner of a breaker, from an operator: forces it into a state, or lets it go.
struct act_on_breaker {
  breaker_act act = breaker_act::reset;
};

/// Forces the breaker into a state, or lets it go.
[[nodiscard]] std::optional<policy::breaker_change> act_on(policy::breaker& which, breaker_act act,
                                                           steady_time now);

class breaker_notes {
public:
  /// @param name "route/mx:mx.example.net", "dns", "store/0", "dnsbl/ZONE": in the log and the metrics
  breaker_notes(node_metrics& metrics, event_log& log, std::string name);

  /// Takes its series before anything happened, so that no flood of ill routes takes
  /// them away. For those of which there are few.
  void show();

  /// Logs breaker_changed and counts it.
  void changed(const policy::breaker_change& what);

  /// Its owner ends: nobody is kept away any more. Where more names than
  /// metric_labels_max share a series, that shows the latest change.
  void close();

private:
  node_metrics& metrics_;
  event_log& log_;
  const std::string name_;
  gauge* state_ = nullptr; ///< Once it has something to show.
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::act_on_breaker)
