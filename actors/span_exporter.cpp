#include "actors/span_exporter.hpp"

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"
#include "net/core/ip_address.hpp"

#include <algorithm>

namespace troupe::actors {

namespace {

constexpr std::size_t exporter_mailbox_limit = 16;
constexpr seconds look_interval{1};

} // namespace

span_exporter::span_exporter(caf::actor_config& config, const house& home, span_terms terms,
                             span_source self, std::shared_ptr<span_book> book,
                             role_ptr<dns_pool_actor> dns, role_ptr<fetch_pool_actor> fetchers)
  : base_actor(config, home, {"span_exporter", "/outbound/spans", exporter_mailbox_limit}),
    terms_(std::move(terms)), self_(std::move(self)), book_(std::move(book)), dns_(std::move(dns)),
    fetchers_(std::move(fetchers)) {}

span_exporter_actor::behavior_type span_exporter::make_behavior() {
  on_use_span_terms({terms_});
  delayed_send(this, look_interval, span_tick{});
  return {
    [this](const use_span_terms& x) { on_use_span_terms(x); },
    [this](const span_tick&) {
      delayed_send(this, look_interval, span_tick{});
      send_next();
    },
  };
}

void span_exporter::on_use_span_terms(const use_span_terms& x) {
  terms_ = x.terms;
  book_->set_share(terms_.to ? terms_.share : 0);
  pause_ = seconds{0};
  not_before_ = {};
}

void span_exporter::send_next() {
  if (calling_ || steady() < not_before_)
    return;
  if (!terms_.to) {
    text_.clear();
    return;
  }
  if (text_.empty()) {
    const auto spans = book_->take(spans_per_call);
    if (spans.empty())
      return;
    text_ = write_otlp(spans, self_);
    count_ = spans.size();
  }
  calling_ = true;
  if (parse_ip_address(terms_.to->host))
    post({terms_.to->host});
  else
    find_collector();
}

void span_exporter::find_collector() {
  submit<find_hosts> question;
  question.job = {terms_.to->host, host_kind::host};
  question.priority = priority_class::low;
  question.wait = terms_.question_wait;
  request(dns_->now(), caf::infinite, std::move(question))
    .then(
      [this](const hosts_found& x) {
        if (!x.plan.has_hosts() || !terms_.to)
          return on_failed(to_string(x.plan.refusal));
        std::vector<std::string> addresses;
        for (const auto& each : x.plan.hosts.front().addresses)
          addresses.push_back(to_string(each));
        post(std::move(addresses));
      },
      [this](const caf::error& why) { on_failed(from_caf(why).detail); });
}

void span_exporter::post(std::vector<std::string> addresses) {
  submit<fetch_page> call;
  auto& what = call.job.what;
  what.secure = terms_.to->secure;
  what.host = terms_.to->host;
  what.port = terms_.to->port;
  what.target = terms_.to->target;
  what.addresses = std::move(addresses);
  what.ca_file = terms_.ca_file;
  what.wait = span_call_wait;
  what.body = text_;
  what.content_type = "application/json";
  call.priority = priority_class::low;
  call.wait = span_call_wait;
  request(fetchers_->now(), caf::infinite, std::move(call))
    .then([this](const page_fetched& x) { on_answer(x.page); },
          [this](const caf::error& why) { on_failed(from_caf(why).detail); });
}

void span_exporter::on_answer(const io::http_response& page) {
  const auto status = "HTTP status " + std::to_string(page.status);
  if (may_send_again(page.status))
    return on_failed(status);
  const bool taken = page.status >= 200 && page.status < 300;
  metrics().trace_spans_total(taken ? "exported" : "refused").add(count_);
  if (!taken)
    log().warn("spans_refused", {{"reason", status}, {"spans", count_}});
  calling_ = false;
  pause_ = seconds{0};
  text_.clear();
  send_next();
}

void span_exporter::on_failed(const std::string& why) {
  calling_ = false;
  pause_ = std::clamp(pause_ * 2, span_pause_min, span_pause_max);
  not_before_ = steady() + pause_;
  log().warn("spans_not_sent", {{"reason", why}, {"again_in_seconds", pause_.count()}});
}

} // namespace troupe::actors
