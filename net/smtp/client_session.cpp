#include "net/smtp/client_session.hpp"

#include "net/core/expect.hpp"

#include <utility>

namespace troupe::smtp {

namespace {

/// The bound on what `next` has not handed out: a session's end tells of itself and of
/// two transactions, beside two that ended before.
constexpr std::size_t ends_unpulled_max = 2;

[[nodiscard]] seconds wait_for(awaited what, const client_timeouts& waits) noexcept {
  switch (what) {
    case awaited::greeting: return waits.greeting;
    case awaited::hello:
    case awaited::starttls:
    case awaited::login: return waits.hello;
    case awaited::reset:
    case awaited::mail: return waits.mail;
    case awaited::recipient: return waits.recipient;
    case awaited::data: return waits.data_initiation;
    case awaited::chunk: return waits.data_block;
    case awaited::message:
    case awaited::lone_dot: return waits.final_dot;
    case awaited::quit: return waits.quit;
  }
  return waits.quit;
}

} // namespace

client_session::client_session(const client_options& options, std::string remote, steady_time now,
                               starttls_use tls)
  : options_(options),
    remote_(std::move(remote)),
    replies_(options.replies),
    tls_(tls),
    since_(now) {
  awaited_.push(awaited::greeting, 0);
}

bool client_session::can_begin() const noexcept {
  return state_ != client_state::closed && !quit_asked_ && !(front() && behind())
         && events_.size() - next_event_ <= ends_unpulled_max;
}

void client_session::begin(transaction what, steady_time now) {
  TROUPE_EXPECT(can_begin() && !what.mail.recipients.empty());
  if (awaited_.empty() && !write_in_flight_)
    since_ = now;
  auto& slot = slots_[front() ? 1 - front_ : front_];
  slot = std::make_unique<client_progress>(std::move(what), remote_);
  if (state_ == client_state::ready) {
    slot->admit(offers_, options_);
    end_finished();
  }
}

void client_session::receive(std::string_view bytes, steady_time now) {
  const auto before = state_;
  while (!bytes.empty() && state_ != client_state::closed) {
    if (state_ == client_state::handshake)
      return fail_protocol("more than a reply came in answer to STARTTLS");
    switch (replies_.read(bytes)) {
      case reply_progress::partial: return;
      case reply_progress::broken: return fail_protocol(replies_.flaw());
      case reply_progress::whole: break;
    }
    since_ = now;
    on_reply();
  }
  if (state_ == client_state::handshake && before != client_state::handshake)
    events_.push_back(start_tls{});
}

std::optional<client_action> client_session::next() {
  if (next_event_ < events_.size()) {
    std::optional<client_action> event{std::move(events_[next_event_++])};
    if (next_event_ == events_.size()) {
      events_.clear();
      next_event_ = 0;
    }
    return event;
  }
  if (state_ == client_state::closed) {
    if (std::exchange(hung_up_, true))
      return std::nullopt;
    return hang_up{};
  }
  if (!write_in_flight_) {
    compose();
    if (!out_.empty()) {
      writing_.clear();
      writing_.swap(out_);
      write_in_flight_ = true;
      writing_has_body_ = std::exchange(out_has_body_, false);
      unsent_ = 0;
      return write_bytes{writing_};
    }
  }
  if (may_want_body()) {
    want_ = want::asked;
    return want_body{front()->what().token};
  }
  return std::nullopt;
}

void client_session::wrote(steady_time now) {
  since_ = now;
  write_in_flight_ = false;
  writing_has_body_ = false;
  if (writing_.capacity() > buffer_kept_bytes_max && want_ == want::nothing) {
    writing_ = std::string{};
    if (out_.empty())
      out_ = std::string{};
  }
}

void client_session::supply_body(std::uint64_t token, std::string_view bytes, piece which,
                                 steady_time now) {
  if (want_ != want::asked || token != front()->what().token)
    return;
  TROUPE_EXPECT(bytes.size() <= body_piece_bytes_max);
  since_ = now;
  auto& mail = *front();
  const bool last = which == piece::last;
  want_ = last ? want::nothing : want::to_ask;
  if (!last && bytes.empty())
    return;
  out_has_body_ = true;
  if (mail.uses_bdat()) {
    // RFC 3030 §2: after a chunk that fails, only RSET makes the peer forget.
    needs_reset_ = true;
    out_ += "BDAT ";
    out_ += std::to_string(bytes.size());
    out_ += last ? " LAST\r\n" : "\r\n";
    out_ += bytes;
  } else {
    stuffer_.add(bytes, out_);
    if (last)
      stuffer_.end(out_);
  }
  if (last) {
    mail.step = client_step::sent;
    await(awaited::message, front_,
          options_.protocol == client_protocol::lmtp ? mail.accepted() : 1);
  } else if (mail.uses_bdat()) {
    await(awaited::chunk, front_);
  }
}

void client_session::body_failed(std::uint64_t token) {
  if (want_ == want::asked && token == front()->what().token)
    fail(session_failure::body_lost, {451, "4.3.0", {"The message could not be read here"}}, false);
}

void client_session::tls_started(steady_time now) {
  if (state_ != client_state::handshake)
    return;
  since_ = now;
  uses_tls_ = true;
  offers_ = {}; // RFC 3207 §4.2: nothing that was said in the clear counts
  say_hello();
}

void client_session::tls_failed(std::string_view why) {
  if (state_ == client_state::handshake)
    fail(session_failure::tls_failed,
         {451, "4.7.5", {clean_reply_text("TLS handshake failed: " + std::string(why))}}, false);
}

void client_session::quit(steady_time now) {
  if (awaited_.empty() && !write_in_flight_)
    since_ = now;
  quit_asked_ = true;
}

void client_session::disconnected() {
  if (state_ != client_state::closed)
    close_after(session_failure::dropped, "Connection lost");
}

void client_session::tick(steady_time now) {
  if (now >= deadline())
    close_after(session_failure::timed_out, "Timed out");
}

steady_time client_session::deadline() const noexcept {
  if (state_ == client_state::closed)
    return steady_time::max();
  if (writing_has_body_)
    return since_ + options_.timeouts.data_block;
  if (state_ == client_state::handshake)
    return since_ + options_.timeouts.handshake;
  if (awaited_.empty())
    return steady_time::max();
  return since_ + wait_for(awaited_.what(), options_.timeouts);
}

bool client_session::is_idle() const noexcept {
  return state_ == client_state::ready && !front() && awaited_.empty() && out_.empty();
}

void client_session::end_finished() {
  while (front() && front()->is_settled() && front()->replies_due == 0
         && front()->step != client_step::abandoned) {
    auto& mail = *front();
    needs_reset_ |= mail.mail_answered && !mail.mail_refused && !mail.body_answered;
    events_.push_back(mail.finish());
    slots_[front_].reset();
    if (behind())
      front_ = 1 - front_;
  }
  if (quit_sent_ && !front() && state_ == client_state::ready)
    enter(client_state::quitting);
}

bool client_session::is_between_messages() const noexcept {
  if (state_ != client_state::ready)
    return false;
  return !front() || (mail_sent_ && !front()->first_of_session && !front()->mail_answered);
}

void client_session::fail(session_failure kind, reply answer, bool remote_said) {
  if (state_ == client_state::closed)
    return;
  const bool by_peer = kind == session_failure::dropped || kind == session_failure::shut_by_peer;
  if (by_peer && is_between_messages())
    kind = session_failure::ended_between;
  events_.push_back(session_failed{kind, answer, remote_said});
  if (auto* mail = front()) {
    const bool tried
      = mail->step != client_step::waiting && (mail->first_of_session || mail->mail_answered);
    if (tried)
      mail->settle_all(outcome_kind::deferred, answer, remote_said);
    events_.push_back(mail->is_settled() ? mail->finish() : mail->give_back());
  }
  if (auto* mail = behind())
    events_.push_back(mail->is_settled() ? mail->finish() : mail->give_back());
  for (auto& slot : slots_)
    slot.reset();
  awaited_.clear();
  out_.clear();
  unsent_ = 0;
  want_ = want::nothing;
  enter(client_state::closed);
}

void client_session::fail_protocol(std::string_view text) {
  fail(session_failure::protocol_error,
       {451, "4.5.0", {clean_reply_text("Protocol error: " + std::string(text))}}, false);
}

void client_session::close_after(session_failure kind, std::string_view what_happened) {
  if (state_ == client_state::quitting)
    return enter(client_state::closed);
  if (state_ == client_state::handshake)
    return tls_failed(kind == session_failure::timed_out ? "timed out" : "the peer hung up");
  std::string text{what_happened};
  if (writing_has_body_ || (front() && front()->step == client_step::body))
    text += " while sending the message";
  else if (!awaited_.empty())
    text.append(" while waiting for ").append(to_string(awaited_.what()));
  fail(kind, {451, "4.4.2", {std::move(text)}}, false);
}

} // namespace troupe::smtp
