#include "actors/sts_keeper.hpp"

#include "actors/event_log.hpp"
#include "storage/policy_file.hpp"

#include <algorithm>

namespace troupe::actors {

namespace {

constexpr std::size_t keeper_mailbox_limit = 4096;
/// RFC 8461 §3.3: at least five minutes between tries to fetch.
constexpr policy::host_memory_options failed_memory{10'000, seconds{300}, seconds{3600}};
constexpr int http_ok = 200;

bool is_plain_text(const std::string& type) {
  return type.starts_with("text/plain") && (type.size() == 10 || type[10] == ';' || type[10] == ' ');
}

} // namespace

sts_keeper::sts_keeper(caf::actor_config& config, const house& home, std::string file,
                       role_ptr<dns_pool_actor> dns, role_ptr<fetch_pool_actor> fetchers)
  : base_actor(config, home, {"sts_keeper", "/outbound/sts", keeper_mailbox_limit}),
    file_(std::move(file)), dns_(std::move(dns)), fetchers_(std::move(fetchers)),
    failed_(failed_memory) {}

sts_keeper_actor::behavior_type sts_keeper::make_behavior() {
  if (!file_.empty()) {
    if (const auto text = storage::read_policies(file_))
      book_.read(*text, wall());
    else if (text.error().code != errc::not_found)
      log().warn("sts_file_not_read", {{"reason", text.error().detail}});
  }
  return {[this](const find_sts_policy& x) { return on_find_sts_policy(x); }};
}

void sts_keeper::on_exit() {
  for (auto& [domain, each] : searches_)
    for (auto& one : each.waiting)
      one.deliver(to_caf({errc::worker_lost, "the keeper of policies ends"}));
  searches_.clear();
  base_actor::on_exit();
}

sts_keeper::found_promise sts_keeper::on_find_sts_policy(const find_sts_policy& x) {
  auto promise = make_response_promise<sts_policy_found>();
  auto& asked = searches_[x.domain];
  asked.waiting.push_back(promise);
  if (asked.waiting.size() == 1) {
    asked.terms = x.terms;
    ask_texts(x.domain);
  }
  return promise;
}

// ---- what the DNS says

void sts_keeper::ask_texts(const std::string& domain) {
  const auto whom = dns_->now();
  if (!whom)
    return fail(domain, to_caf({errc::worker_lost, "there is no resolver now"}));
  submit<find_hosts> question;
  question.job = {"_mta-sts." + domain, host_kind::records, dns::record_type::txt};
  question.wait = searches_.at(domain).terms->question_wait;
  request(whom, caf::infinite, std::move(question))
    .then([this, domain](const hosts_found& x) { on_texts(domain, x.records); },
          [this, domain](const caf::error& why) {
            // A question without an answer in time is an answer: that there is no record now.
            if (from_caf(why).code == errc::timed_out)
              on_texts(domain, {});
            else
              fail(domain, why);
          });
}

void sts_keeper::on_texts(const std::string& domain, const dns::record_answer& found) {
  auto& asked = searches_.at(domain);
  asked.valid_for
    = std::clamp(dns::is_temporary(found.kind) ? seconds{0} : found.ttl, sts_valid_min, sts_valid_max);
  std::vector<std::string> texts;
  for (const auto& each : found.data)
    if (auto text = dns::read_text(each))
      texts.push_back(*std::move(text));
  const auto id = policy::read_sts_id(texts);
  const auto* known = book_.find(domain, wall());
  if (!id || (known != nullptr && known->id == *id) || failed_.not_before(domain) > steady())
    return settle(domain);
  asked.id = *id;
  ask_addresses(domain);
}

void sts_keeper::ask_addresses(const std::string& domain) {
  submit<find_hosts> question;
  question.job = {policy::sts_host(domain), host_kind::host};
  question.wait = searches_.at(domain).terms->question_wait;
  request(dns_->now(), caf::infinite, std::move(question))
    .then([this, domain](const hosts_found& x) { fetch(domain, x.plan); },
          [this, domain](const caf::error& why) { on_fetch_failed(domain, from_caf(why).detail); });
}

// ---- what the web says

void sts_keeper::fetch(const std::string& domain, const dns::mail_plan& plan) {
  const auto& terms = *searches_.at(domain).terms;
  const auto whom = fetchers_->now();
  if (!whom || !plan.has_hosts())
    return on_fetch_failed(domain, whom ? to_string(plan.refusal) : "nobody fetches pages now");
  submit<fetch_page> call;
  auto& what = call.job.what;
  what.host = policy::sts_host(domain);
  what.port = terms.port;
  for (const auto& each : plan.hosts.front().addresses)
    what.addresses.push_back(to_string(each));
  what.target = policy::sts_path;
  what.ca_file = terms.ca_file;
  what.wait = terms.fetch_wait;
  what.bytes_max = policy::sts_policy_bytes_max;
  call.wait = terms.fetch_wait;
  request(whom, caf::infinite, std::move(call))
    .then([this, domain](const page_fetched& x) { on_page(domain, x.page); },
          [this, domain](const caf::error& why) { on_fetch_failed(domain, from_caf(why).detail); });
}

void sts_keeper::on_page(const std::string& domain, const io::http_response& page) {
  if (page.status != http_ok)
    return on_fetch_failed(domain, "HTTP status " + std::to_string(page.status));
  if (!is_plain_text(page.content_type))
    return on_fetch_failed(domain, "not text/plain");
  auto policy = policy::parse_sts_policy(page.body);
  if (!policy)
    return on_fetch_failed(domain, "no policy: " + policy.error().detail);
  failed_.answered(domain);
  log().info("sts_policy_fetched", {{"domain", domain},
                                    {"mode", policy::to_string(policy->mode)},
                                    {"max_age", policy->max_age.count()}});
  book_.keep(domain, searches_.at(domain).id, *std::move(policy), wall());
  write_file();
  settle(domain);
}

void sts_keeper::on_fetch_failed(const std::string& domain, const std::string& why) {
  failed_.failed(domain, steady());
  log().warn("sts_policy_not_fetched", {{"domain", domain}, {"reason", why}});
  settle(domain);
}

void sts_keeper::write_file() {
  if (file_.empty())
    return;
  if (const auto written = storage::write_policies(file_, book_.write()); !written)
    log().warn("sts_file_not_written", {{"reason", written.error().detail}});
}

// ---- the answer

void sts_keeper::settle(const std::string& domain) {
  auto asked = std::move(searches_.at(domain));
  searches_.erase(domain);
  sts_policy_found found;
  found.valid_for = asked.valid_for;
  if (const auto* known = book_.find(domain, wall())) {
    found.policy = known->policy;
    const auto left = std::chrono::ceil<seconds>(known->expires - wall());
    found.valid_for = std::clamp(left, seconds{1}, found.valid_for);
  }
  for (auto& each : asked.waiting)
    each.deliver(found);
}

void sts_keeper::fail(const std::string& domain, const caf::error& why) {
  auto asked = std::move(searches_.at(domain));
  searches_.erase(domain);
  for (auto& each : asked.waiting)
    each.deliver(why);
}

} // namespace troupe::actors
