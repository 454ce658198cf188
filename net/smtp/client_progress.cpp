#include "net/smtp/client_progress.hpp"

#include "net/core/expect.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace troupe::smtp {

client_progress::client_progress(transaction what, const std::string& remote)
  : what_(std::move(what)),
    outcomes_(what_.mail.recipients.size()),
    steps_(what_.mail.recipients.size(), recipient_step::unnamed),
    unsettled_(steps_.size()) {
  for (auto& one : outcomes_)
    one.remote = remote;
}

void client_progress::admit(const client_extensions& offers, const client_options& options) {
  const auto& mail = what_.mail;
  const auto fail_all = [this](int code, const char* enhanced, const char* text) {
    settle_all(outcome_kind::failed, {code, enhanced, {text}}, false);
  };
  for (auto& one : outcomes_)
    one.takes_dsn = offers.dsn;
  if (!is_safe(mail.sender))
    return fail_all(501, "5.1.7", "The sender's address can't be written in SMTP");
  if (offers.size_max > 0 && what_.body_bytes > offers.size_max)
    return fail_all(552, "5.3.4", "The message is larger than the next hop takes");

  // RFC 8689 §4.2.1, §5: a notice goes on all the same. What speaks LMTP is at its end.
  if (mail.tls == tls_wish::required && !mail.sender.is_null() && !offers.requiretls
      && options.protocol == client_protocol::smtp)
    return fail_all(550, "5.7.30", "REQUIRETLS is needed, and the next hop doesn't offer it");

  const bool chunks = offers.chunking && options.chunking != chunking_use::never;
  if (mail.body == body_type::binary_mime && !(chunks && offers.binary_mime))
    return fail_all(554, "5.6.3", "The next hop doesn't take BINARYMIME");
  if (mail.body == body_type::eight_bit_mime && what_.body.has_8bit && !offers.eight_bit_mime)
    return fail_all(554, "5.6.3", "The next hop doesn't take 8BITMIME");
  uses_bdat_ = chunks
               && (options.chunking == chunking_use::preferred || !what_.body.ends_in_crlf
                   || mail.body == body_type::binary_mime);

  const bool all_need_utf8
    = !is_all_ascii(mail.sender) || (mail.smtputf8 && what_.body.has_8bit_header);
  if (all_need_utf8 && !offers.smtputf8)
    return fail_all(550, "5.6.7", "The next hop doesn't take SMTPUTF8");
  bool one_needs_utf8 = false;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const auto& address = mail.recipients[i].address;
    if (address.is_null() || !is_safe(address)) {
      settle(i, outcome_kind::failed,
             {501, "5.1.3", {"The recipient's address can't be written in SMTP"}}, false);
    } else if (!is_all_ascii(address)) {
      one_needs_utf8 = true;
      if (!offers.smtputf8)
        settle(i, outcome_kind::failed, {553, "5.6.7", {"The next hop doesn't take SMTPUTF8"}},
               false);
    }
  }
  if (offers.smtputf8 && (all_need_utf8 || one_needs_utf8))
    encoding_ = mail_encoding::utf8;
  put_off_excess(offers);
}

/// Recipients above the limits that the peer announced (RFC 9422) come again, as if it had
/// refused them one by one (RFC 5321 §4.5.3.1.10).
void client_progress::put_off_excess(const client_extensions& offers) {
  std::set<std::string> domains;
  std::size_t going = 0;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i] == recipient_step::settled)
      continue;
    bool fits = offers.rcpt_max == 0 || going < offers.rcpt_max;
    if (fits && offers.rcpt_domain_max > 0) {
      auto key = domain_key(what_.mail.recipients[i].address.domain);
      fits = domains.contains(key) || domains.size() < offers.rcpt_domain_max;
      if (fits)
        domains.insert(std::move(key));
    }
    if (fits)
      ++going;
    else
      settle(i, outcome_kind::deferred, {452, "4.5.3", {"The next hop takes no more recipients at once"}}, false);
  }
}

void client_progress::settle(std::size_t index, outcome_kind kind, const reply& answer,
                             bool remote_said) {
  TROUPE_EXPECT(steps_[index] != recipient_step::settled);
  auto& one = outcomes_[index];
  one.kind = kind;
  one.answer = answer;
  one.remote_said = remote_said;
  steps_[index] = recipient_step::settled;
  --unsettled_;
}

void client_progress::settle_all(outcome_kind kind, const reply& answer, bool remote_said) {
  for (std::size_t i = 0; unsettled_ > 0 && i < steps_.size(); ++i)
    if (steps_[i] != recipient_step::settled)
      settle(i, kind, answer, remote_said);
}

const recipient* client_progress::next_unnamed() {
  name_from_ = find(recipient_step::unnamed, name_from_);
  if (name_from_ == steps_.size())
    return nullptr;
  steps_[name_from_] = recipient_step::named;
  return &what_.mail.recipients[name_from_++];
}

void client_progress::settle_next_recipient(outcome_kind kind, const reply& answer) {
  answer_from_ = find(recipient_step::named, answer_from_);
  if (answer_from_ < steps_.size()) // else a refused MAIL settled it
    settle(answer_from_++, kind, answer, true);
}

void client_progress::accept_next_recipient() {
  answer_from_ = find(recipient_step::named, answer_from_);
  if (answer_from_ == steps_.size())
    return;
  steps_[answer_from_++] = recipient_step::accepted;
  ++accepted_;
}

void client_progress::settle_next_accepted(outcome_kind kind, const reply& answer) {
  deliver_from_ = find(recipient_step::accepted, deliver_from_);
  if (deliver_from_ < steps_.size()) // else a refused chunk settled it
    settle(deliver_from_++, kind, answer, true);
}

std::size_t client_progress::find(recipient_step wanted, std::size_t from) const noexcept {
  const auto at
    = std::find(steps_.begin() + static_cast<std::ptrdiff_t>(from), steps_.end(), wanted);
  return static_cast<std::size_t>(at - steps_.begin());
}

transaction_done client_progress::finish() {
  TROUPE_EXPECT(is_settled());
  return {what_.token, attempt::made, std::move(outcomes_)};
}

} // namespace troupe::smtp
