// What this node counts, under the names of the manual, and its Prometheus text.
// Whoever feeds a metric asks for it once, keeps the reference (it lives as long as
// the node_metrics) and feeds it from any thread. What nobody asked for is not shown.

#pragma once

#include "actors/histogram.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace troupe::actors {

/// Values of one label: more become "other".
inline constexpr std::size_t metric_labels_max = 100;

class node_metrics {
public:
  node_metrics();
  ~node_metrics();

  // Sessions
  [[nodiscard]] gauge& sessions(std::string_view listener);
  [[nodiscard]] counter& sessions_total();
  [[nodiscard]] histogram& session_seconds();
  /// Lock-free, for the hot path. A verb that SMTP does not know is "other", a code
  /// outside of 200..599 is not counted.
  void count_command(std::string_view verb, int code) noexcept;
  [[nodiscard]] counter& messages_received_total();
  [[nodiscard]] histogram& message_bytes();
  [[nodiscard]] counter& messages_rejected_total(std::string_view reason);
  [[nodiscard]] counter& auth_attempts_total(std::string_view outcome);

  /// method: spf, dkim, dmarc, arc; result: as RFC 8601 names it.
  [[nodiscard]] counter& authentication_results_total(std::string_view method, std::string_view result);
  [[nodiscard]] counter& messages_signed_total();
  [[nodiscard]] counter& messages_sealed_total();
  [[nodiscard]] counter& messages_discarded_total();

  // The queue
  [[nodiscard]] gauge& queue_messages(std::string_view state);
  [[nodiscard]] gauge& queue_bytes();
  [[nodiscard]] gauge& queue_oldest_seconds();
  [[nodiscard]] gauge& queue_drain_estimate_seconds();
  [[nodiscard]] histogram& commit_seconds();
  [[nodiscard]] histogram& commit_batch_messages();

  // The cluster
  [[nodiscard]] gauge& cluster_members(std::string_view state);
  [[nodiscard]] gauge& cluster_copies();
  [[nodiscard]] counter& cluster_takeovers_total();
  /// `direction` is "in" or "out".
  [[nodiscard]] counter& cluster_moved_total(std::string_view direction);
  [[nodiscard]] counter& cluster_short_total();

  // Deliveries
  [[nodiscard]] counter& messages_delivered_total();
  [[nodiscard]] counter& messages_deferred_total();
  [[nodiscard]] counter& messages_bounced_total();
  [[nodiscard]] counter& delivery_attempts_total(std::string_view outcome);
  [[nodiscard]] histogram& delivery_seconds();
  [[nodiscard]] histogram& accept_to_delivery_seconds();

  // Pools
  [[nodiscard]] gauge& pool_workers(std::string_view pool);
  [[nodiscard]] gauge& pool_busy(std::string_view pool);
  [[nodiscard]] gauge& pool_buffer(std::string_view pool);
  [[nodiscard]] counter& pool_jobs_total(std::string_view pool, std::string_view outcome);
  [[nodiscard]] histogram& pool_job_seconds(std::string_view pool);
  [[nodiscard]] counter& pool_rejected_total(std::string_view pool);

  // Breakers
  /// 0 closed, 1 half open, 2 open.
  [[nodiscard]] gauge& breaker_state(std::string_view name);
  [[nodiscard]] counter& breaker_transitions_total(std::string_view name, std::string_view to);

  // TLS
  /// `side` is "server" or "client"; `outcome` "succeeded", "resumed", "failed" or "timed_out".
  [[nodiscard]] counter& tls_handshakes_total(std::string_view side, std::string_view outcome);

  // Links between nodes
  /// How long a pulse takes to another node and back.
  [[nodiscard]] histogram& cluster_link_seconds();
  /// Connections, hellos and frames of others that were refused.
  [[nodiscard]] counter& cluster_refusals_total(std::string_view reason);
  /// Parcels that were lost: no link, a full line, nobody to take them.
  [[nodiscard]] counter& cluster_parcels_dropped_total(std::string_view channel);

  // Traces
  /// `outcome` is "exported", "refused" (by the collector) or "dropped" (for want of room).
  [[nodiscard]] counter& trace_spans_total(std::string_view outcome);

  // The house
  [[nodiscard]] gauge& mailbox_depth(std::string_view kind);
  [[nodiscard]] gauge& mailbox_limit(std::string_view kind);
  [[nodiscard]] seconds_counter& backpressure_seconds_total(std::string_view link);
  /// The same of every link that was asked for, to be read.
  [[nodiscard]] std::map<std::string, double> backpressure_seconds() const;
  [[nodiscard]] counter& actor_restarts_total(std::string_view kind, std::string_view reason);
  [[nodiscard]] gauge& actors(std::string_view kind);
  /// With work that does not get on, as the WATCHDOG saw it last.
  [[nodiscard]] gauge& actors_stuck();
  /// Looks at actors with work that it had no room to watch.
  [[nodiscard]] counter& actors_unwatched_total();

  /// The text exposition format 0.0.4, to be served as text/plain; version=0.0.4.
  [[nodiscard]] std::string render() const;

private:
  class registry;
  std::unique_ptr<registry> registry_;
};

} // namespace troupe::actors
