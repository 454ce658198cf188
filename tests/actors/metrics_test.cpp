#include "actors/metrics.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

using namespace troupe::actors;

namespace {

/// Every metric that this class has, fed once.
void feed_all(node_metrics& m) {
  m.sessions("mx").set(2);
  m.sessions_total().add();
  m.session_seconds().observe(0.3);
  m.count_command("MAIL", 250);
  m.messages_received_total().add();
  m.message_bytes().observe(4096);
  m.messages_rejected_total("relay").add();
  m.queue_messages("queued").set(1);
  m.queue_bytes().set(4096);
  m.queue_oldest_seconds().set(5);
  m.queue_drain_estimate_seconds().set(1);
  m.commit_seconds().observe(0.002);
  m.commit_batch_messages().observe(7);
  m.messages_delivered_total().add();
  m.messages_deferred_total().add();
  m.messages_bounced_total().add();
  m.delivery_attempts_total("delivered").add();
  m.delivery_seconds().observe(0.01);
  m.accept_to_delivery_seconds().observe(0.02);
  m.tls_handshakes_total("client", "succeeded").add();
  m.mailbox_depth("store").set(3);
  m.mailbox_limit("store").set(100);
  m.trace_spans_total("exported").add();
  m.backpressure_seconds_total("store").add(0.5);
  m.actor_restarts_total("store", "storage_failed").add();
  m.actors("session").set(2);
}

std::vector<std::string> lines(const std::string& text) {
  std::istringstream in{text};
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);)
    out.push_back(line);
  return out;
}

bool has(const node_metrics& m, const std::string& line) {
  const auto all = lines(m.render());
  return std::find(all.begin(), all.end(), line) != all.end();
}

} // namespace

TEST_CASE("metrics: nothing is shown that nobody feeds", "[actors]") {
  node_metrics m;
  const auto all = lines(m.render());
  CHECK(all.size() == 3);
  CHECK(all.back().starts_with("troupe_build_info{version=\""));
  (void)m.sessions_total();
  CHECK(has(m, "troupe_sessions_total 0"));
}

TEST_CASE("metrics: the text keeps to the exposition format", "[actors]") {
  node_metrics m;
  feed_all(m);
  const std::regex comment{"# (HELP [a-z_]+ [ -~]+|TYPE [a-z_]+ (counter|gauge|histogram))"};
  const std::regex sample{"([a-z_]+)(\\{[a-z_]+=\"[^\"]*\"(,[a-z_]+=\"[^\"]*\")*\\})? [-+.e0-9]+(Inf)?"};
  std::set<std::string> families;
  std::set<std::string> samples;
  for (const auto& line : lines(m.render())) {
    CAPTURE(line);
    if (line.starts_with("#")) {
      CHECK(std::regex_match(line, comment));
      if (line.starts_with("# TYPE "))
        CHECK(families.insert(line.substr(7, line.find(' ', 7) - 7)).second);
      continue;
    }
    CHECK(std::regex_match(line, sample));
    CHECK(samples.insert(line.substr(0, line.rfind(' '))).second);
  }
  CHECK(families.size() == 27);
}

TEST_CASE("metrics: counters end in _total, times in _seconds, all begin with troupe_", "[actors]") {
  node_metrics m;
  feed_all(m);
  for (const auto& line : lines(m.render())) {
    if (!line.starts_with("# TYPE "))
      continue;
    CAPTURE(line);
    CHECK(line.starts_with("# TYPE troupe_"));
    CHECK(line.ends_with(" counter") == (line.find("_total ") != std::string::npos));
  }
}

TEST_CASE("metrics: buckets add up, and a bound belongs to its own bucket", "[actors]") {
  node_metrics m;
  for (const double x : {1.0, 2.0, 3.0, 5000.0})
    m.commit_batch_messages().observe(x);
  CHECK(has(m, "troupe_commit_batch_messages_bucket{le=\"1\"} 1"));
  CHECK(has(m, "troupe_commit_batch_messages_bucket{le=\"2\"} 2"));
  CHECK(has(m, "troupe_commit_batch_messages_bucket{le=\"4\"} 3"));
  CHECK(has(m, "troupe_commit_batch_messages_bucket{le=\"1024\"} 3"));
  CHECK(has(m, "troupe_commit_batch_messages_bucket{le=\"+Inf\"} 4"));
  CHECK(has(m, "troupe_commit_batch_messages_count 4"));
  CHECK(has(m, "troupe_commit_batch_messages_sum 5006"));
}

TEST_CASE("metrics: a peer cannot make up labels", "[actors]") {
  node_metrics m;
  m.count_command("mail", 250);
  m.count_command("MAIL", 250);
  for (int i = 0; i < 1000; ++i)
    m.count_command("X" + std::to_string(i), 500);
  m.count_command("MAIL", 0);
  m.count_command("MAIL", 600);
  m.count_command("MAIL", -1);
  CHECK(has(m, "troupe_commands_total{verb=\"MAIL\",code=\"250\"} 2"));
  CHECK(has(m, "troupe_commands_total{verb=\"other\",code=\"500\"} 1000"));
  for (int i = 0; i < 1000; ++i)
    m.messages_rejected_total("reason " + std::to_string(i)).add();
  CHECK(has(m, "troupe_messages_rejected_total{reason=\"other\"} 900"));
  CHECK(lines(m.render()).size() < metric_labels_max + 20);
}

TEST_CASE("metrics: what was waited at each link can be read back", "[actors]") {
  node_metrics m;
  CHECK(m.backpressure_seconds().empty());
  m.backpressure_seconds_total("store").add(0.5);
  m.backpressure_seconds_total("store").add(1);
  CHECK(m.backpressure_seconds() == std::map<std::string, double>{{"store", 1.5}});
}

TEST_CASE("metrics: a label's value is escaped", "[actors]") {
  node_metrics m;
  m.sessions("a\"b\\c\nd").set(1);
  CHECK(has(m, "troupe_sessions{listener=\"a\\\"b\\\\c\\nd\"} 1"));
}

TEST_CASE("metrics: many threads lose nothing", "[actors]") {
  node_metrics m;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&m] {
      for (int n = 0; n < 10'000; ++n) {
        m.sessions_total().add();
        m.message_bytes().observe(1);
        m.count_command("RCPT", 250);
      }
    });
  (void)m.render();
  for (auto& x : threads)
    x.join();
  CHECK(m.sessions_total().value() == 60'000);
  CHECK(m.message_bytes().read().count == 60'000);
  CHECK(m.message_bytes().read().sum == 60'000);
  CHECK(has(m, "troupe_commands_total{verb=\"RCPT\",code=\"250\"} 60000"));
}
