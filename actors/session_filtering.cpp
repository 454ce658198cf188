// SESSION: what its filters are asked, and what their answers come to. They are asked
// from the first MAIL on, so that idle connections cost no place in their pool, and by
// whoever is there: a FILTER that was lost is replaced by one that hears it all again.

#include "actors/doorway.hpp"
#include "actors/event_log.hpp"
#include "actors/filter_envelope.hpp"
#include "actors/filtering.hpp"
#include "actors/metrics.hpp"
#include "actors/policy/plain_text.hpp"
#include "actors/reception.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors {

namespace {

constexpr std::size_t hold_reason_bytes_max = 200;

milter::client client_of(const ip_address& address, std::uint16_t port, const std::string& name) {
  milter::client who;
  if (address.family == ip_family::none) {
    who.host = "localhost";
    return who;
  }
  who.host = name.empty() ? '[' + to_string(address) + ']' : name;
  who.family = address.family == ip_family::ipv4 ? milter::client_family::ipv4 : milter::client_family::ipv6;
  who.port = port;
  who.address = to_string(address);
  return who;
}

} // namespace

bool session::is_filtered() const {
  return filtering_ && !filtering_->told.empty() && !filtering_->passed_over && !is_discarded();
}

bool session::is_discarded() const { return filtering_ && !filtering_->discarded_by.empty(); }

bool session::wants_filters() const { return is_filtered() && !message_->filtered; }

// ---- what they are told

void session::begin_filtering() {
  if (!filtering_)
    filtering_ = std::make_unique<filtering>();
  auto& mine = *filtering_;
  mine.told.clear();
  mine.heard = 0;
  mine.passed_over = false;
  mine.discarded_by.clear();
  mine.id = unit().ids().next(wall());
}

filter_step session::step_of(filter_stage what) const {
  filter_step step;
  step.what = what;
  const auto known = [](const std::string& text) { return text.empty() ? std::string{"unknown"} : text; };
  const auto& named = filtering_->named;
  const auto name = known(named ? named->confirmed : std::string{});
  const auto claimed = known(named ? named->claimed : std::string{});
  auto& macros = step.macros;
  macros["j"] = rules_->session.hostname;
  macros["v"] = "Troupe " TROUPE_VERSION;
  macros["_"] = name + " [" + peer_.address + ']';
  macros["daemon_name"] = door_.name;
  macros["daemon_addr"] = rules_->listens_at.address;
  macros["daemon_port"] = std::to_string(rules_->listens_at.port);
  macros["client_addr"] = peer_.address;
  macros["client_name"] = name;
  macros["client_ptr"] = claimed;
  macros["client_port"] = std::to_string(peer_.port);
  if (const auto* tls = socket_->tls(); tls && tls->is_up()) {
    macros["tls_version"] = tls->version();
    macros["cipher"] = tls->cipher();
    macros["cipher_bits"] = std::to_string(tls->secret_bits());
  }
  macros["mail_mailer"] = macros["rcpt_mailer"] = machine_.is_extended() ? "esmtp" : "smtp";
  if (filtering_)
    macros["i"] = to_string(filtering_->id);
  return step;
}

void session::show_sender(const smtp::ask_sender& x) {
  if (!rules_->filters)
    return decide(smtp::accepted{});
  begin_filtering();
  auto step = step_of(filter_stage::mail);
  step.arguments = mail_words(x.mail, x.declared_bytes.value_or(0));
  auto& macros = step.macros;
  macros["mail_addr"] = to_string(x.mail.sender);
  macros["mail_host"] = x.mail.sender.domain;
  macros["auth_authen"] = user_;
  macros["auth_type"] = user_.empty() ? std::string_view{} : login_mechanism_;
  ask_filters(std::move(step));
}

void session::show_recipient(const smtp::ask_recipient& x) {
  if (!is_filtered())
    return decide(smtp::accepted{});
  auto step = step_of(filter_stage::rcpt);
  step.arguments = rcpt_words(x.to);
  step.macros["rcpt_addr"] = to_string(x.to.address);
  step.macros["rcpt_host"] = x.to.address.domain;
  ask_filters(std::move(step));
}

void session::show_start_of_data() {
  if (!is_filtered())
    return decide(smtp::accepted{});
  ask_filters(step_of(filter_stage::data));
}

void session::show_message(body_ptr body) {
  message_->bytes_away = body->bytes.size();
  message_->kept_body = body;
  filtering_->body = std::move(body);
  auto step = step_of(filter_stage::message);
  step.macros["nrcpts"] = std::to_string(message_->envelope.recipients.size());
  ask_filters(std::move(step));
}

void session::ask_filters(filter_step step) {
  auto& mine = *filtering_;
  mine.asked = step.what;
  mine.asked_again = false;
  mine.told.push_back(std::move(step));
  name_client();
}

void session::reach_filters() {
  if (filtering_->who)
    say_to_filters();
  else
    hire_filter();
}

void session::hire_filter() {
  auto& mine = *filtering_;
  mine.heard = 0;
  mine.client_heard = false;
  mine.helo_heard.clear();
  const auto asked = begin_filter_wait(filter_silence_max);
  const auto pool = door_.house->filters->now();
  if (!pool)
    return on_filters_failed({errc::worker_lost, "there is no filter pool now"});
  submit<filter_post> job;
  const auto& spools = door_.house->queue.spools;
  job.job = {&unit(), rules_->filters, spools[std::hash<message_id>{}(mine.id) % spools.size()], door_.house->memory};
  job.wait = rules_->filter_place_wait;
  request(pool, caf::infinite, std::move(job))
    .then(
      [this, asked](const place_given<filter_actor>& x) {
        if (!end_filter_wait(asked)) {
          send(x.worker, leave_filter{});
          return;
        }
        filtering_->who = x.worker;
        say_to_filters();
      },
      [this, asked](const caf::error& why) {
        if (end_filter_wait(asked))
          on_filters_failed(from_caf(why));
      });
}

void session::say_to_filters() {
  auto& mine = *filtering_;
  ask_filter question;
  if (!std::exchange(mine.client_heard, true)) {
    question.steps.push_back(step_of(filter_stage::client));
    question.steps.back().client = client_of(address_, peer_.port, mine.named->confirmed);
  }
  if (std::exchange(mine.helo_heard, machine_.peer_name()) != machine_.peer_name()) {
    question.steps.push_back(step_of(filter_stage::helo));
    question.steps.back().arguments = {machine_.peer_name()};
  }
  question.steps.insert(question.steps.end(), mine.told.begin() + static_cast<std::ptrdiff_t>(mine.heard),
                        mine.told.end());
  question.body = mine.body;
  question.fields_above_own = message_ ? message_->fields_above_own : 0;
  question.message_bytes_max = rules_->session.message_bytes_max;
  mine.heard = mine.told.size();
  const auto asked = begin_filter_wait(filter_silence_max);
  request(mine.who, caf::infinite, std::move(question))
    .then(
      [this, asked](const filter_answered& x) {
        if (end_filter_wait(asked))
          on_filters_answered(x);
      },
      [this, asked](const caf::error& why) {
        if (end_filter_wait(asked))
          on_filter_lost(from_caf(why));
      });
}

session::ticket session::begin_filter_wait(milliseconds max) {
  filtering_->asked_at = now();
  filtering_->wait_max = max;
  if (++last_ticket_ == 0)
    ++last_ticket_;
  filtering_->waits_for = last_ticket_;
  arm_timer();
  return last_ticket_;
}

bool session::end_filter_wait(ticket of) {
  if (!filtering_ || filtering_->waits_for != of)
    return false;
  filtering_->waits_for = 0;
  return true;
}

steady_time session::filters_due() const { return filtering_->asked_at + filtering_->wait_max; }

void session::on_filters_silent() {
  if (filtering_->naming)
    return on_client_unnamed();
  on_filters_failed({errc::timed_out, "no answer within filter_silence_max"});
}

// ---- what they answer

void session::on_filters_answered(const filter_answered& x) {
  auto& mine = *filtering_;
  switch (x.said.kind) {
    case milter::verdict_kind::refuse:
      on_filters_refused(x.said.answer, x.failed ? "filter_failed" : "filter", x.by);
      break;
    case milter::verdict_kind::discard:
      mine.discarded_by = x.by;
      let_pass();
      break;
    case milter::verdict_kind::proceed:
      if (mine.asked == filter_stage::message)
        on_message_filtered(x);
      else
        decide(smtp::accepted{});
      break;
  }
  run();
}

/// Its place is free again, and the next one may do better; once.
void session::on_filter_lost(const error& why) {
  filtering_->who = nullptr;
  if (std::exchange(filtering_->asked_again, true))
    return on_filters_failed(why);
  hire_filter();
}

/// Nobody could be asked.
void session::on_filters_failed(const error& why) {
  auto& mine = *filtering_;
  mine.waits_for = 0;
  if (const auto who = std::exchange(mine.who, nullptr))
    send(who, leave_filter{});
  log().warn("filters_failed", {{"session", path()}, {"client_ip", peer_.address},
                                {"error", to_string(why.code)}, {"reason", why.detail}});
  const auto how = hardest(*rules_->filters);
  if (how == filter_failure::accept) {
    mine.passed_over = true;
    let_pass();
  } else {
    on_filters_refused(filter_failed_reply(how), "filter_failed", {});
  }
  run();
}

/// The answer to what was asked last; only a recipient's leaves the transaction as it was.
void session::on_filters_refused(const reply& answer, std::string_view reason, const std::string& by) {
  auto& mine = *filtering_;
  mine.told.pop_back();
  mine.heard = std::min(mine.heard, mine.told.size());
  mine.body = nullptr;
  if (mine.asked == filter_stage::data || mine.asked == filter_stage::message) {
    forget_body();
    message_.reset();
  }
  if (log().is_on(log_level::debug) && !by.empty())
    log().debug("filter_refused", {{"session", path()}, {"filter", by}, {"code", answer.code}});
  refuse(answer, reason);
}

/// Nothing was said against it, and nobody else is asked.
void session::let_pass() {
  if (filtering_->asked != filter_stage::message)
    return decide(smtp::accepted{});
  on_message_filtered({});
}

// ---- the message

void session::on_message_filtered(const filter_answered& x) {
  auto& message = *message_;
  message.filtered = true;
  filtering_->body = nullptr;
  filtering_->told.clear();
  if (is_discarded())
    return throw_away(std::exchange(message.kept_body, nullptr), filtering_->discarded_by);
  for (const auto& each : change_envelope(message.envelope, x.envelope, rules_->session.recipients_max))
    log().warn("filter_change_refused", {{"msg", message.id}, {"session", path()}, {"reason", each}});
  if (message.envelope.recipients.empty())
    return throw_away(std::exchange(message.kept_body, nullptr), "no recipient is left");
  if (!address_mail(message.envelope))
    return;
  if (x.hold) {
    auto& mail = *message.mail;
    mail.hold_reason = "a filter holds it: " + policy::one_line(*x.hold, hold_reason_bytes_max);
    message.held_by_filter = true;
    for (auto& each : mail.recipients)
      each.state = recipient_state::held;
  }
  if (x.changes)
    return change_body(x.changes);
  on_whole(std::exchange(message.kept_body, nullptr));
}

/// 250, and it is gone, as a filter wants it.
void session::throw_away(body_ptr body, const std::string& by) {
  auto& message = *message_;
  message.kept_body = std::move(body);
  metrics().messages_discarded_total().add();
  if (log().is_on(log_level::info)) {
    const auto from = to_string(message.envelope.sender);
    log().info("message_discarded", {{"msg", message.id}, {"session", path()}, {"from", from},
                                     {"client_ip", peer_.address}, {"reason", by}});
  }
  const auto text = "2.0.0 Ok: queued as " + to_string(message.id);
  forget_body();
  message_.reset();
  decide(smtp::accepted{text});
}

/// Its place is free again.
void session::leave_filters() {
  if (filtering_ && filtering_->who)
    send(filtering_->who, leave_filter{});
  filtering_.reset();
}

} // namespace troupe::actors
