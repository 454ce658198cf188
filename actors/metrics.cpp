#include "actors/metrics.hpp"

#include "actors/command_counts.hpp"
#include "actors/metric_family.hpp"

#include <prometheus/text_serializer.h>

#include <sstream>

namespace troupe::actors {

namespace {

// Upper bounds. Times from a hop between threads to the longest reply that we wait
// for; sizes in powers of four from 1 KiB.
const std::vector<double> wait_bounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                      0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10,
                                      30,     60,      300,    600};
// A letter may wait for days.
const std::vector<double> life_bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,  0.1,    0.25,
                                      0.5,   1,      2.5,   5,    10,    30,    60,     300,
                                      900,   3600,   14400, 86400, 259200, 432000};
const std::vector<double> byte_bounds{1024,    4096,     16384,    65536,    262144,
                                      1048576, 4194304, 16777216, 67108864};
const std::vector<double> batch_bounds{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};

label_list label(const char* name, std::string_view value) {
  return {{name, std::string{value}}};
}

} // namespace

prometheus::MetricType fill(const histogram& x, prometheus::ClientMetric& out) {
  const auto now = x.read();
  std::uint64_t up_to = 0;
  for (std::size_t i = 0; i < x.bounds().size(); ++i) {
    up_to += now.buckets[i];
    out.histogram.bucket.push_back({up_to, x.bounds()[i]});
  }
  out.histogram.sample_count = now.count;
  out.histogram.sample_sum = now.sum;
  return prometheus::MetricType::Histogram;
}

class node_metrics::registry {
public:
  template <class Metric>
  class family : public metric_family<Metric> {
  public:
    family(registry& owner, const char* name, const char* help)
      : metric_family<Metric>(name, help, metric_labels_max) {
      owner.all.push_back(this);
    }
  };

  std::vector<const prometheus::Collectable*> all; // in the order of the members below
  command_counts commands;

  family<gauge> sessions{*this, "troupe_sessions", "Open inbound connections"};
  family<counter> sessions_total{*this, "troupe_sessions_total", "Inbound connections taken"};
  family<histogram> session_seconds{*this, "troupe_session_seconds",
                                    "How long an inbound connection lasted"};
  family<counter> received{*this, "troupe_messages_received_total", "Messages answered 250"};
  family<histogram> bytes{*this, "troupe_message_bytes", "Sizes of the messages received"};
  family<counter> rejected{*this, "troupe_messages_rejected_total", "Messages and recipients refused"};
  family<counter> logins{*this, "troupe_auth_attempts_total", "Logins by their end"};
  family<counter> authentication{*this, "troupe_authentication_results_total",
                                 "What SPF, DKIM, DMARC and ARC said of messages"};
  family<counter> signed_messages{*this, "troupe_messages_signed_total", "Messages that got a DKIM signature"};
  family<counter> sealed_messages{*this, "troupe_messages_sealed_total", "Messages that got an ARC seal"};
  family<counter> discarded{*this, "troupe_messages_discarded_total", "Messages thrown away as a filter wanted"};
  family<gauge> queue_messages{*this, "troupe_queue_messages", "Messages in the queue"};
  family<gauge> queue_bytes{*this, "troupe_queue_bytes", "Bytes of the messages in the queue"};
  family<gauge> queue_oldest{*this, "troupe_queue_oldest_seconds", "Age of the oldest message"};
  family<gauge> queue_drain{*this, "troupe_queue_drain_estimate_seconds",
                            "When the queue would be empty at the present rate"};
  family<histogram> commit_seconds{*this, "troupe_commit_seconds", "How long a commit took"};
  family<histogram> commit_batch{*this, "troupe_commit_batch_messages", "Messages in one commit"};
  family<gauge> cluster_members{*this, "troupe_cluster_members", "Members of the cluster, this node included"};
  family<gauge> cluster_copies{*this, "troupe_cluster_copies", "Copies held for other nodes"};
  family<counter> cluster_takeovers{*this, "troupe_cluster_takeovers_total", "Messages taken over from lost nodes"};
  family<counter> cluster_moved{*this, "troupe_cluster_moved_total", "Messages handed to other nodes, or taken from them"};
  family<counter> cluster_short{*this, "troupe_cluster_short_total", "Messages kept with fewer copies than wanted"};
  family<counter> delivered{*this, "troupe_messages_delivered_total", "Recipients delivered"};
  family<counter> deferred{*this, "troupe_messages_deferred_total", "Recipients put off"};
  family<counter> bounced{*this, "troupe_messages_bounced_total", "Recipients given up"};
  family<counter> attempts{*this, "troupe_delivery_attempts_total", "Attempts to deliver"};
  family<histogram> delivery_seconds{*this, "troupe_delivery_seconds", "How long an attempt took"};
  family<histogram> accept_to_delivery{*this, "troupe_accept_to_delivery_seconds",
                                       "From the 250 to the delivery"};
  family<gauge> pool_workers{*this, "troupe_pool_workers", "Workers of a pool"};
  family<gauge> pool_busy{*this, "troupe_pool_busy", "Workers that have a job"};
  family<gauge> pool_buffer{*this, "troupe_pool_buffer", "Jobs that wait for a worker"};
  family<counter> pool_jobs{*this, "troupe_pool_jobs_total", "Jobs by their end"};
  family<histogram> pool_job_seconds{*this, "troupe_pool_job_seconds",
                                     "From a job's submission to its end"};
  family<counter> pool_rejected{*this, "troupe_pool_rejected_total", "Jobs there was no room for"};
  family<gauge> breaker_state{*this, "troupe_breaker_state", "0 closed, 1 half open, 2 open"};
  family<counter> breaker_transitions{*this, "troupe_breaker_transitions_total",
                                      "Changes of a breaker's state"};
  family<counter> tls_handshakes{*this, "troupe_tls_handshakes_total", "TLS handshakes, ours and theirs"};
  family<histogram> cluster_link{*this, "troupe_cluster_link_seconds", "Round trips to other nodes of the cluster"};
  family<counter> cluster_refusals{*this, "troupe_cluster_refusals_total", "Refused links, hellos and frames"};
  family<counter> cluster_dropped{*this, "troupe_cluster_parcels_dropped_total",
                                  "Parcels between nodes that were lost"};
  family<counter> trace_spans{*this, "troupe_trace_spans_total", "Spans of messages, by what became of them"};
  family<gauge> mailbox_depth{*this, "troupe_mailbox_depth", "Messages waiting in mailboxes"};
  family<gauge> mailbox_limit{*this, "troupe_mailbox_limit", "Most that a mailbox takes"};
  family<seconds_counter> backpressure{*this, "troupe_backpressure_seconds_total",
                                       "Time during which a link held back its source"};
  family<counter> restarts{*this, "troupe_actor_restarts_total", "Actors restarted"};
  family<gauge> actors{*this, "troupe_actors", "Live actors"};
  family<gauge> stuck{*this, "troupe_actors_stuck", "Actors that have work and do not get on"};
  family<counter> unwatched{*this, "troupe_actors_unwatched_total",
                            "Looks at actors with work that the watchdog had no room for"};
  family<gauge> build{*this, "troupe_build_info", "Always 1; the labels say what runs"};
};

node_metrics::node_metrics() : registry_(std::make_unique<registry>()) {
  registry_->build.at(label("version", TROUPE_VERSION)).set(1);
}

node_metrics::~node_metrics() = default;

gauge& node_metrics::sessions(std::string_view listener) {
  return registry_->sessions.at(label("listener", listener));
}
counter& node_metrics::sessions_total() {
  return registry_->sessions_total.at({});
}
histogram& node_metrics::session_seconds() {
  return registry_->session_seconds.at({}, wait_bounds);
}
void node_metrics::count_command(std::string_view verb, int code) noexcept {
  registry_->commands.add(verb, code);
}
counter& node_metrics::messages_received_total() {
  return registry_->received.at({});
}
histogram& node_metrics::message_bytes() {
  return registry_->bytes.at({}, byte_bounds);
}
counter& node_metrics::messages_discarded_total() {
  return registry_->discarded.at({});
}
counter& node_metrics::messages_rejected_total(std::string_view reason) {
  return registry_->rejected.at(label("reason", reason));
}
counter& node_metrics::auth_attempts_total(std::string_view outcome) {
  return registry_->logins.at(label("outcome", outcome));
}
counter& node_metrics::authentication_results_total(std::string_view method, std::string_view result) {
  return registry_->authentication.at({{"method", std::string{method}}, {"result", std::string{result}}});
}
counter& node_metrics::messages_signed_total() { return registry_->signed_messages.at({}); }
counter& node_metrics::messages_sealed_total() { return registry_->sealed_messages.at({}); }
gauge& node_metrics::queue_messages(std::string_view state) {
  return registry_->queue_messages.at(label("state", state));
}
gauge& node_metrics::queue_bytes() {
  return registry_->queue_bytes.at({});
}
gauge& node_metrics::queue_oldest_seconds() {
  return registry_->queue_oldest.at({});
}
gauge& node_metrics::queue_drain_estimate_seconds() {
  return registry_->queue_drain.at({});
}
histogram& node_metrics::commit_seconds() {
  return registry_->commit_seconds.at({}, wait_bounds);
}
histogram& node_metrics::commit_batch_messages() {
  return registry_->commit_batch.at({}, batch_bounds);
}
gauge& node_metrics::cluster_members(std::string_view state) {
  return registry_->cluster_members.at(label("state", state));
}
gauge& node_metrics::cluster_copies() {
  return registry_->cluster_copies.at({});
}
counter& node_metrics::cluster_takeovers_total() {
  return registry_->cluster_takeovers.at({});
}
counter& node_metrics::cluster_moved_total(std::string_view direction) {
  return registry_->cluster_moved.at(label("direction", direction));
}
counter& node_metrics::cluster_short_total() {
  return registry_->cluster_short.at({});
}
counter& node_metrics::messages_delivered_total() {
  return registry_->delivered.at({});
}
counter& node_metrics::messages_deferred_total() {
  return registry_->deferred.at({});
}
counter& node_metrics::messages_bounced_total() {
  return registry_->bounced.at({});
}
counter& node_metrics::delivery_attempts_total(std::string_view outcome) {
  return registry_->attempts.at(label("outcome", outcome));
}
histogram& node_metrics::delivery_seconds() {
  return registry_->delivery_seconds.at({}, wait_bounds);
}
histogram& node_metrics::accept_to_delivery_seconds() {
  return registry_->accept_to_delivery.at({}, life_bounds);
}
gauge& node_metrics::pool_workers(std::string_view pool) {
  return registry_->pool_workers.at(label("pool", pool));
}
gauge& node_metrics::pool_busy(std::string_view pool) {
  return registry_->pool_busy.at(label("pool", pool));
}
gauge& node_metrics::pool_buffer(std::string_view pool) {
  return registry_->pool_buffer.at(label("pool", pool));
}
counter& node_metrics::pool_jobs_total(std::string_view pool, std::string_view outcome) {
  return registry_->pool_jobs.at({{"pool", std::string{pool}}, {"outcome", std::string{outcome}}});
}
histogram& node_metrics::pool_job_seconds(std::string_view pool) {
  return registry_->pool_job_seconds.at(label("pool", pool), wait_bounds);
}
counter& node_metrics::pool_rejected_total(std::string_view pool) {
  return registry_->pool_rejected.at(label("pool", pool));
}
gauge& node_metrics::breaker_state(std::string_view name) {
  return registry_->breaker_state.at(label("name", name));
}
counter& node_metrics::breaker_transitions_total(std::string_view name, std::string_view to) {
  return registry_->breaker_transitions.at({{"name", std::string{name}}, {"to", std::string{to}}});
}
counter& node_metrics::tls_handshakes_total(std::string_view side, std::string_view outcome) {
  return registry_->tls_handshakes.at({{"side", std::string{side}}, {"outcome", std::string{outcome}}});
}
histogram& node_metrics::cluster_link_seconds() {
  return registry_->cluster_link.at({}, wait_bounds);
}
counter& node_metrics::cluster_refusals_total(std::string_view reason) {
  return registry_->cluster_refusals.at(label("reason", reason));
}
counter& node_metrics::cluster_parcels_dropped_total(std::string_view channel) {
  return registry_->cluster_dropped.at(label("channel", channel));
}
counter& node_metrics::trace_spans_total(std::string_view outcome) {
  return registry_->trace_spans.at({{"outcome", std::string{outcome}}});
}
gauge& node_metrics::mailbox_depth(std::string_view kind) {
  return registry_->mailbox_depth.at(label("kind", kind));
}
gauge& node_metrics::mailbox_limit(std::string_view kind) {
  return registry_->mailbox_limit.at(label("kind", kind));
}
seconds_counter& node_metrics::backpressure_seconds_total(std::string_view link) {
  return registry_->backpressure.at(label("link", link));
}
std::map<std::string, double> node_metrics::backpressure_seconds() const {
  std::map<std::string, double> all;
  registry_->backpressure.for_each([&](const label_list& labels, const seconds_counter& waited) {
    all[labels.front().value] = waited.value();
  });
  return all;
}
counter& node_metrics::actor_restarts_total(std::string_view kind, std::string_view reason) {
  return registry_->restarts.at({{"kind", std::string{kind}}, {"reason", std::string{reason}}});
}
gauge& node_metrics::actors(std::string_view kind) {
  return registry_->actors.at(label("kind", kind));
}

gauge& node_metrics::actors_stuck() {
  return registry_->stuck.at({});
}

counter& node_metrics::actors_unwatched_total() {
  return registry_->unwatched.at({});
}

std::string node_metrics::render() const {
  std::vector<prometheus::MetricFamily> families;
  for (const auto* x : registry_->all)
    for (auto& family : x->Collect())
      families.push_back(std::move(family));
  prometheus::MetricFamily commands{"troupe_commands_total", "SMTP commands by verb and reply code",
                                    prometheus::MetricType::Counter, {}};
  registry_->commands.for_each([&](std::string_view verb, int code, std::uint64_t count) {
    auto& out = commands.metric.emplace_back();
    out.label = {{"verb", std::string{verb}}, {"code", std::to_string(code)}};
    out.counter.value = static_cast<double>(count);
  });
  if (!commands.metric.empty())
    families.push_back(std::move(commands));
  std::ostringstream text;
  prometheus::TextSerializer{}.Serialize(text, families);
  return text.str();
}

} // namespace troupe::actors
