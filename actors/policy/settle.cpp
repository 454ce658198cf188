#include "actors/policy/settle.hpp"

#include "actors/policy/plain_text.hpp"
#include "actors/policy/status_code.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace troupe::policy {

namespace {

bool wants(const queued_recipient& who, std::uint8_t what) noexcept {
  // RFC 3461 §4.1: not given means failures, and delays where we tell of them.
  const unsigned wishes = who.to.notify == notify_unset
                            ? unsigned{notify_failure} | unsigned{notify_delay}
                            : unsigned{who.to.notify};
  return (wishes & notify_never) == 0 && (wishes & what) != 0;
}

std::string told_by(const outcome& what) {
  auto text = what.remote;
  if (!text.empty())
    text += what.remote_said ? " said: " : ": ";
  text += to_string(what.answer);
  return one_line(text, last_reply_bytes_max);
}

/// The words of a reply without its codes, for humans.
std::string in_words(const outcome& what) {
  if (what.remote_said)
    return told_by(what);
  std::string text;
  for (const auto& line : what.answer.lines)
    text += (text.empty() ? "" : " ") + line;
  return one_line(text, last_reply_bytes_max);
}

std::string days(seconds age) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(age).count();
  if (hours >= 48)
    return std::to_string(hours / 24) + " days";
  if (hours >= 2)
    return std::to_string(hours) + " hours";
  return std::to_string(std::max<std::int64_t>(1, age.count() / 60)) + " minute(s)";
}

/// One settlement in the making.
class settling {
public:
  settling(queued_message&& mail, wall_time now, std::size_t expected)
    : expected_{expected},
      now_{now},
      age_{std::max(seconds{0}, std::chrono::duration_cast<seconds>(now - mail.received))} {
    made_.mail = std::move(mail);
    made_.events.reserve(std::min(expected, made_.mail.recipients.size()));
  }

  void apply(const attempt_result& each, const settle_options& options, double dice) {
    auto& who = made_.mail.recipients[each.recipient];
    who.last_attempt = now_;
    who.last_reply = told_by(each.what);
    who.crashes = 0; // it can be carried after all
    ++who.attempts;
    switch (each.what.kind) {
      case outcome_kind::delivered: delivered(each, who); break;
      case outcome_kind::deferred: deferred(each, who, options, dice); break;
      case outcome_kind::failed: failed(each, who); break;
    }
  }

  void put_off(const attempt_result& each, seconds wait, const settle_options& options) {
    auto& who = made_.mail.recipients[each.recipient];
    if (who.state == recipient_state::held)
      return;
    auto reason = told_by(each.what);
    const bool is_news = reason != who.last_reply;
    who.last_reply = std::move(reason);
    if (age_ >= options.retry.expire) {
      expired(each, who);
      return;
    }
    who.due = now_ + std::clamp(wait, seconds{1}, options.retry.expire - age_);
    if (is_news)
      event(each.recipient, settled_as::put_off);
    tell_of_delay(each, who, options);
  }

  void hold(std::size_t index, std::string_view reason) {
    made_.mail.recipients[index].state = recipient_state::held;
    made_.mail.hold_reason = one_line(reason, last_reply_bytes_max);
    event(index, settled_as::held);
  }

  void interrupted(std::size_t index, std::string_view reason, unsigned crashes_max) {
    auto& who = made_.mail.recipients[index];
    who.last_attempt = now_;
    who.last_reply = one_line("interrupted: " + std::string{reason}, last_reply_bytes_max);
    if (who.crashes < 255)
      ++who.crashes;
    if (who.state == recipient_state::held)
      return;
    if (who.crashes >= crashes_max) {
      hold(index, "its delivery crashed " + std::to_string(who.crashes)
                    + " times: " + std::string{reason});
      return;
    }
    who.due = now_;
    event(index, settled_as::deferred);
  }

  void bounced(std::size_t index, std::string_view why) {
    auto& who = made_.mail.recipients[index];
    who.state = recipient_state::failed;
    who.last_reply = one_line(why, last_reply_bytes_max);
    event(index, settled_as::failed);
    if (may_tell(who, notify_failure))
      tell(notice_cause::failed,
           {who.to, dsn_action::failed, "5.0.0", {}, {}, who.last_reply, who.last_attempt});
  }

  settlement finish() && {
    made_.finished = state_of(made_.mail) == message_state::settled;
    return std::move(made_);
  }

  /// Counts each recipient once, and only while it can still change.
  bool takes(std::size_t index) {
    if (index >= made_.mail.recipients.size() || is_settled(made_.mail.recipients[index].state))
      return false;
    if (expected_ == 1)
      return true;
    taken_.resize(made_.mail.recipients.size());
    return std::exchange(taken_[index], std::uint8_t{1}) == 0;
  }

private:
  void delivered(const attempt_result& each, queued_recipient& who) {
    who.state = recipient_state::delivered;
    event(each.recipient, settled_as::delivered);
    // A host that knows DSN has taken over the duty to tell (RFC 3461 §5.2.2).
    const bool arrived = each.how_far == reach::arrived;
    if (!may_tell(who, notify_success) || (!arrived && each.what.takes_dsn))
      return;
    tell(notice_cause::success,
         about(each.what, who, arrived ? dsn_action::delivered : dsn_action::relayed, '2'));
  }

  void failed(const attempt_result& each, queued_recipient& who) {
    who.state = recipient_state::failed;
    event(each.recipient, settled_as::failed);
    if (may_tell(who, notify_failure))
      tell(notice_cause::failed, about(each.what, who, dsn_action::failed, '5'));
  }

  void deferred(const attempt_result& each, queued_recipient& who, const settle_options& options,
                double dice) {
    if (who.state == recipient_state::held) // by an operator, while it was in hand
      return;
    const auto wait = next_retry(options.retry, who.attempts, age_, dice);
    if (!wait) {
      expired(each, who);
      return;
    }
    who.due = now_ + *wait;
    event(each.recipient, settled_as::deferred);
    tell_of_delay(each, who, options);
  }

  void tell_of_delay(const attempt_result& each, queued_recipient& who,
                     const settle_options& options) {
    if (who.delay_noticed || !warn_due(options.retry, age_) || !may_tell(who, notify_delay))
      return;
    who.delay_noticed = true;
    tell(notice_cause::delayed, about(each.what, who, dsn_action::delayed, '4')).gives_up_at
      = made_.mail.received + options.retry.expire;
  }

  void expired(const attempt_result& each, queued_recipient& who) {
    who.state = recipient_state::failed;
    event(each.recipient, settled_as::expired);
    if (!may_tell(who, notify_failure))
      return;
    auto entry = about(each.what, who, dsn_action::failed, '4');
    entry.status = "4.4.7"; // RFC 3463 §3.5: delivery time expired
    entry.reason
      = one_line("expired: not delivered within " + days(age_) + "; last: " + in_words(each.what),
                 last_reply_bytes_max);
    tell(notice_cause::expired, std::move(entry));
  }

  notice_recipient about(const outcome& what, const queued_recipient& who, dsn_action action,
                         char status_class) const {
    return {who.to,
            action,
            status_code(what.answer, status_class),
            what.remote,
            what.remote_said ? one_line(to_string(what.answer), last_reply_bytes_max)
                             : std::string{},
            in_words(what),
            now_};
  }

  /// RFC 5321 §6.1: mail from the null sender never causes mail.
  bool may_tell(const queued_recipient& who, std::uint8_t what) const noexcept {
    return !made_.mail.sender.is_null() && wants(who, what);
  }

  /// Into the notice of that cause, which is made on first use.
  notice& tell(notice_cause cause, notice_recipient entry) {
    auto place = std::find_if(made_.notices.begin(), made_.notices.end(),
                              [cause](const notice& each) { return each.cause == cause; });
    if (place == made_.notices.end()) {
      const auto& mail = made_.mail;
      notice fresh;
      fresh.cause = cause;
      fresh.about = mail.id;
      fresh.to = mail.sender;
      fresh.received = mail.received;
      fresh.envid = mail.envid;
      // RFC 8689 §5: a notice must leak no more than the message did.
      fresh.tls = mail.tls;
      fresh.ret = mail.tls == tls_wish::required ? dsn_return::headers : mail.ret;
      fresh.body = mail.body;
      fresh.smtputf8 = mail.smtputf8;
      fresh.priority = mail.priority;
      place = made_.notices.insert(place, std::move(fresh));
    }
    place->recipients.push_back(std::move(entry));
    return *place;
  }

  void event(std::size_t index, settled_as what) { made_.events.push_back({index, what}); }

  settlement made_;
  std::vector<std::uint8_t> taken_; ///< By recipient: it had its result.
  std::size_t expected_;            ///< Results; a single one can't come twice.
  wall_time now_;
  seconds age_;
};

} // namespace

settlement settle(queued_message mail, std::span<const attempt_result> results,
                  const settle_options& options, wall_time now, double dice) {
  settling work{std::move(mail), now, results.size()};
  for (const auto& each : results)
    if (work.takes(each.recipient))
      work.apply(each, options, dice);
  return std::move(work).finish();
}

settlement settle_put_off(queued_message mail, std::span<const attempt_result> results,
                          seconds wait, const settle_options& options, wall_time now) {
  settling work{std::move(mail), now, results.size()};
  for (const auto& each : results)
    if (work.takes(each.recipient))
      work.put_off(each, wait, options);
  return std::move(work).finish();
}

settlement settle_interrupted(queued_message mail, std::span<const std::size_t> recipients,
                              std::string_view reason, const settle_options& options,
                              wall_time now) {
  settling work{std::move(mail), now, recipients.size()};
  for (const auto index : recipients)
    if (work.takes(index))
      work.interrupted(index, reason, options.crashes_max);
  return std::move(work).finish();
}

settlement settle_held(queued_message mail, std::span<const std::size_t> recipients,
                       std::string_view reason, wall_time now) {
  settling work{std::move(mail), now, recipients.size()};
  for (const auto index : recipients)
    if (work.takes(index))
      work.hold(index, reason);
  return std::move(work).finish();
}

settlement settle_bounced(queued_message mail, std::string_view why, wall_time now) {
  const auto count = mail.recipients.size();
  settling work{std::move(mail), now, count};
  for (std::size_t index = 0; index < count; ++index)
    if (work.takes(index))
      work.bounced(index, why);
  return std::move(work).finish();
}

} // namespace troupe::policy
