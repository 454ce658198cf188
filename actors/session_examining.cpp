// SESSION: a whole message and those who check or sign it, before it is kept.

#include "actors/doorway.hpp"
#include "actors/event_log.hpp"
#include "actors/examiner.hpp"
#include "actors/reception.hpp"
#include "net/authentication/srs.hpp"
#include "net/core/header_section.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors {

namespace {

/// For an EXAMINER to be free; the client waits ten minutes in all (RFC 5321 §4.5.3.2.6).
constexpr seconds examiner_wait{20};
constexpr unsigned hundred = 100;

} // namespace

bool session::is_stranger() const { return !is_trusted(); }

bool session::wants_check() const {
  const auto& terms = rules_->examination;
  return terms && terms->checks.looks_at_anything() && !message_->checked && is_stranger();
}

bool session::wants_signature() const {
  const auto& terms = rules_->examination;
  return terms && terms->signers && !message_->is_signed && !is_stranger();
}

/// It goes on under our name: what we found out about it goes with it.
bool session::wants_seal() const {
  const auto& terms = rules_->examination;
  return terms && terms->sealer && message_->checked && !message_->is_signed && is_stranger() && leads_away();
}

void session::examine(body_ptr body, examination_kind kind) {
  auto& message = *message_;
  (kind == examination_kind::check ? message.checked : message.is_signed) = true;
  message.bytes_away = body->bytes.size();
  message.kept_body = body;
  message.examining = true;
  submit<examine_message> question;
  question.wait = examiner_wait;
  auto& job = question.job;
  job.body = std::move(body);
  job.kind = kind;
  job.terms = rules_->examination;
  if (kind == examination_kind::seal)
    job.statement = std::move(message.statement);
  job.facts.client = address_;
  job.facts.helo = machine_.peer_name();
  job.facts.sender = message.mail ? message.mail->sender : message.envelope.sender;
  job.facts.now = wall();
  job.facts.dice = static_cast<unsigned>(std::hash<message_id>{}(message.id) % hundred);
  const auto asked = begin_wait();
  request(door_.house->examination->now(), caf::infinite, std::move(question))
    .then(
      [this, asked, share = message.share](const message_examined& x) {
        if (!end_wait(asked))
          return;
        on_examined(x);
        run();
      },
      [this, asked, share = message.share](const caf::error& why) {
        if (!end_wait(asked))
          return;
        on_not_examined(from_caf(why));
        run();
      });
}

void session::on_examined(const message_examined& x) {
  auto& message = *message_;
  message.examining = false;
  if (x.refusal) {
    forget_body();
    message_.reset();
    return refuse(*x.refusal, x.reason);
  }
  if (!message.is_signed) {
    message.statement = x.statement;
    message.statement.authserv_id = rules_->examination->checks.authserv_id;
  }
  if (x.changes && !x.changes->empty())
    return change_body(x.changes);
  on_whole(std::exchange(message.kept_body, nullptr));
}

/// Neither unchecked nor unsigned: it comes again.
void session::on_not_examined(const error& why) {
  message_->examining = false;
  log().warn("message_not_examined", {{"msg", message_->id}, {"session", path()},
                                      {"client_ip", peer_.address}, {"error", to_string(why.code)},
                                      {"reason", why.detail}});
  forget_body();
  message_.reset();
  refuse({451, "4.3.0", {"The message could not be examined, try again later"}}, "examination_failed");
}

void session::change_body(std::shared_ptr<const message_changes> changes) {
  auto& message = *message_;
  const auto whole = std::exchange(message.kept_body, nullptr);
  message.fields_above_own += split_header(changes->prepended).fields.size();
  if (!whole->in_file()) {
    message.bytes = whole->bytes;
    apply(*changes, message.bytes);
    message.bytes_away = 0;
    set_size(message.bytes.size());
    return message.bytes.size() > body_inline_bytes_max ? spill() : commit();
  }
  message.spooling = true;
  const auto asked = begin_wait();
  const auto spool = door_.house->queue.spools[message.shard]->now();
  request(spool, caf::infinite, rewrite_file{message.id, whole, std::move(changes)})
    .then(
      [this, asked, spool](const file_finished& x) {
        const bool awaited = end_wait(asked);
        if (awaited && !message_->unwanted) {
          set_size(x.body->size);
          return on_whole(x.body);
        }
        send(spool, drop_file{x.body}); // the STORE has never heard of it
        if (awaited)
          message_.reset();
        run();
      },
      [this, asked](const caf::error& why) {
        if (end_wait(asked))
          on_spool_failed(from_caf(why));
      });
}

void session::set_size(std::uint64_t bytes) {
  message_->size = bytes;
  if (message_->mail)
    message_->mail->body_bytes = bytes; // else it isn't addressed yet
}

/// Of one that surely is not kept.
void session::forget_body() {
  if (message_ && message_->kept_body && message_->kept_body->in_file())
    send(door_.house->queue.spools[message_->shard]->now(), drop_file{message_->kept_body});
}

/// A stranger's recipient that we would not take at the door came of an alias that leads
/// away. Whoever logged in is no stranger.
bool session::leads_away() const {
  const auto& all = message_->mail->recipients;
  return std::any_of(all.begin(), all.end(), [this](const queued_recipient& each) {
    return rules_->admission->check_recipient({address_, false}, each.to.address).place
           == policy::recipient_place::refused;
  });
}

/// Then it goes on under a name of ours.
void session::rewrite_sender() {
  const auto& terms = rules_->examination;
  if (!terms || terms->srs_secret.empty() || !is_stranger() || !leads_away())
    return;
  auto& mail = *message_->mail;
  if (auto ours = authentication::forward_sender(mail.sender, terms->srs_domain, terms->srs_secret, wall()))
    mail.sender = *std::move(ours);
}

/// True: it is a name that we once sent on under, and stands for its owner again.
bool session::restore_recipient(troupe::mailbox& to) const {
  const auto& terms = rules_->examination;
  if (!terms || terms->srs_secret.empty() || !authentication::is_forwarded_sender(to.local)
      || domain_key(to.domain) != terms->srs_domain)
    return false;
  auto original = authentication::original_sender(to, terms->srs_secret, wall());
  if (!original)
    return false;
  to = *std::move(original);
  return true;
}

} // namespace troupe::actors
