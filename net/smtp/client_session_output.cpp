// What a client session says, and when it may: the rules of RFC 2920 §3.1.

#include "net/smtp/client_session.hpp"

#include <utility>

namespace troupe::smtp {

bool client_session::pipelines() const noexcept {
  return offers_.pipelining && options_.pipelining == pipelining_use::when_offered;
}

bool client_session::may_want_body() const noexcept {
  if (want_ != want::to_ask || !out_.empty())
    return false;
  if (!front()->uses_bdat())
    return true;
  // LMTP: how many replies the last chunk gets after one that failed is not written
  // anywhere, so none is sent ahead.
  const bool ahead = pipelines() && options_.protocol == client_protocol::smtp;
  return front()->replies_due < (ahead ? chunks_ahead_max : 1);
}

void client_session::await(awaited what, unsigned slot, std::size_t count) {
  awaited_.push(what, slot, count);
  unsent_ += count;
  if (slots_[slot])
    slots_[slot]->replies_due += count;
}

void client_session::say(std::string_view command, awaited what) {
  out_ += command;
  out_ += "\r\n";
  awaited_.push(what, 0);
  ++unsent_;
}

void client_session::compose() {
  if (state_ != client_state::ready)
    return;
  while (out_.size() < command_group_bytes_max && compose_one()) {
  }
}

bool client_session::compose_one() {
  if (!pipelines() && !awaited_.empty())
    return false;
  if (!front() || (front()->step == client_step::sent && !behind()))
    return compose_quit();
  return compose_for(front()->step == client_step::sent ? 1 - front_ : front_);
}

bool client_session::compose_for(unsigned slot) {
  auto& mail = *slots_[slot];
  switch (mail.step) {
    case client_step::waiting:
      if (mail.is_settled())
        return false;
      if (std::exchange(needs_reset_, false)) {
        say("RSET", awaited::reset);
        return true;
      }
      append_mail(out_, mail.what().mail, mail.what().body_bytes, mail.encoding(), offers_);
      await(awaited::mail, slot);
      mail.first_of_session = !std::exchange(mail_sent_, true);
      mail.step = client_step::recipients;
      return true;
    case client_step::recipients:
      if (const auto* to = mail.next_unnamed()) {
        append_rcpt(out_, *to, mail.encoding(), offers_);
        await(awaited::recipient, slot);
      } else {
        mail.step = client_step::answers;
      }
      return true;
    case client_step::answers:
      // Refused recipients are settled; with none accepted, it ends by itself.
      if (mail.data_sent || mail.is_settled())
        return false;
      if (mail.uses_bdat()) {
        if (mail.replies_due == 0) {
          mail.step = client_step::body;
          want_ = want::to_ask;
        }
        return false;
      }
      out_ += "DATA\r\n";
      await(awaited::data, slot);
      mail.data_sent = true;
      return true;
    case client_step::abandoned:
      out_ += ".\r\n";
      await(awaited::lone_dot, slot);
      mail.step = client_step::sent;
      return true;
    case client_step::body:
    case client_step::sent: return false;
  }
  return false;
}

bool client_session::compose_quit() {
  if (!quit_asked_ || std::exchange(quit_sent_, true))
    return false;
  say("QUIT", awaited::quit);
  if (!front())
    enter(client_state::quitting);
  return true;
}

} // namespace troupe::smtp
