#include "actors/tls_reporter.hpp"

#include "actors/event_log.hpp"

namespace troupe::actors {

namespace {

constexpr std::size_t reporter_mailbox_limit = 4096;
constexpr seconds report_interval{1};

} // namespace

tls_reporter::tls_reporter(caf::actor_config& config, const house& home, tls_report_options options,
                           role_ptr<dns_pool_actor> dns, std::vector<role_ptr<store_actor>> stores,
                           std::shared_ptr<id_source> ids)
  : base_actor(config, home, {"tls_reporter", "/outbound/tls-reports", reporter_mailbox_limit}),
    options_(std::move(options)), dns_(std::move(dns)), stores_(std::move(stores)),
    ids_(std::move(ids)) {}

tls_reporter_actor::behavior_type tls_reporter::make_behavior() {
  begin_ = wall();
  delayed_send(this, report_interval, tls_report_tick{});
  return {
    [this](const tls_tried& x) { tally_.add(x.what); },
    [this](const use_tls_report_options& x) { options_ = x.options; },
    [this](const tls_report_tick&) { on_tick(); },
  };
}

void tls_reporter::on_tick() {
  delayed_send(this, report_interval, tls_report_tick{});
  if (!unreported_.empty()) {
    // One question was lost with the actor that had it, or all before are through.
    if (!asking_)
      report_next();
    return;
  }
  const auto now = wall();
  // Whole periods of UTC: days, as RFC 8460 §4.1 asks. A clock set back begins anew.
  const auto period_of = [this](wall_time at) { return at.time_since_epoch() / options_.every; };
  if (period_of(now) == period_of(begin_) && now >= begin_)
    return;
  terms_ = {options_.hostname, options_.from, std::exchange(begin_, now), now};
  if (!options_.from.is_null())
    unreported_ = tally_.domains();
  tally_.clear();
  report_next();
}

void tls_reporter::report_next() {
  const auto whom = dns_->now();
  if (unreported_.empty() || !whom)
    return;
  asking_ = true;
  submit<find_hosts> question;
  question.job = {"_smtp._tls." + unreported_.begin()->first, host_kind::records, dns::record_type::txt};
  question.priority = priority_class::low;
  question.wait = options_.question_wait;
  request(whom, caf::infinite, std::move(question))
    .then([this](const hosts_found& x) { on_texts(x.records); },
          [this](const caf::error&) { on_texts({}); });
}

void tls_reporter::on_texts(const dns::record_answer& found) {
  asking_ = false;
  std::vector<std::string> texts;
  for (const auto& each : found.data)
    if (auto text = dns::read_text(each))
      texts.push_back(*std::move(text));
  send_letters(policy::read_tls_report_places(texts));
  unreported_.erase(unreported_.begin());
  report_next();
}

void tls_reporter::send_letters(const std::vector<troupe::mailbox>& places) {
  const auto& [domain, pages] = *unreported_.begin();
  for (const auto& to : places) {
    const auto now = wall();
    const auto id = ids_->next(now);
    const auto json = policy::write_tls_report(domain, pages, terms_, id);
    auto letter = policy::write_tls_report_letter(domain, json, to, terms_, id, now);
    if (!letter) {
      log().warn("tls_report_lost", {{"domain", domain}, {"reason", letter.error().detail}});
      continue;
    }
    log().info("tls_report", {{"msg", id}, {"domain", domain}, {"to", to_string(to)}});
    post(to, *std::move(letter), id);
  }
}

// The null sender: what cannot be delivered is told to nobody.
void tls_reporter::post(const troupe::mailbox& to, std::string letter, message_id id) {
  auto mail = std::make_shared<queued_message>();
  mail->id = id;
  mail->received = wall();
  mail->body_bytes = letter.size();
  auto& only = mail->recipients.emplace_back();
  only.to.address = to;
  auto text = std::make_shared<body>();
  text->size = letter.size();
  text->bytes = std::move(letter);
  const auto store = stores_[turn_++ % stores_.size()]->now();
  request(store, caf::infinite, keep_message{std::move(mail), std::move(text)})
    .then([](const message_kept&) {},
          [this, id](const caf::error& why) {
            log().warn("tls_report_lost", {{"msg", id}, {"reason", from_caf(why).detail}});
          });
}

} // namespace troupe::actors
