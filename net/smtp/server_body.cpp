// The bytes of a message in the server machine, behind DATA or BDAT.

#include "net/smtp/reply_text.hpp"
#include "net/smtp/server_replies.hpp"
#include "net/smtp/server_transaction.hpp"

#include <algorithm>
#include <utility>

namespace troupe::smtp {

namespace {

std::optional<server_action> hand_over(std::string_view bytes) {
  if (bytes.empty())
    return std::nullopt;
  return append_body{bytes};
}

} // namespace

void server_session::decide_body(const verdict& answer) {
  const bool chunked = mail_->by_chunks();
  if (const auto* no = std::get_if<refused>(&answer)) {
    if (chunked && no->answer.code != 421) { // 421 closes, so nothing is left to skip
      auto lines = mail_->chunk_is_last ? for_each_recipient(reply_text(no->answer)) : reply_text(no->answer);
      drop_transaction();
      skip_chunk(std::move(lines), session_state::ready);
      return;
    }
    wait_for_command();
    say(chunked ? verb::bdat : verb::data, reply_text(no->answer));
    return;
  }
  mail_->scanner.emplace(mail_->frame, options_->bare_newline);
  body_begun_ = true;
  enter(chunked ? session_state::chunk : session_state::body);
  if (!chunked)
    say(verb::data, replies::start_data);
}

void server_session::decide_commit(const verdict& answer) {
  const auto what = mail_->by_chunks() ? verb::bdat : verb::message;
  const auto* yes = std::get_if<accepted>(&answer);
  if (yes)
    body_begun_ = false; // the owner keeps it
  const auto lines = for_each_recipient(!yes                ? reply_text(std::get<refused>(answer).answer)
                                        : yes->text.empty() ? std::string{replies::ok}
                                                            : "250 " + yes->text);
  drop_transaction();
  enter(session_state::ready);
  messages_ += yes ? 1 : 0;
  say(what, lines);
}

std::optional<server_action> server_session::work_body() {
  if (mail_->whole)
    return end_message(verb::message);
  const auto size = unread().size();
  if (size == 0)
    return std::nullopt;
  const auto found = mail_->scanner->scan(input_.data() + input_used_, size);
  input_used_ += found.taken;
  mail_->whole = found.ended;
  count_block(found.taken);
  if (mail_->scanner->is_flawed())
    spoil(replies::bare_newline);
  return hand_over(admit(found.body));
}

std::optional<server_action> server_session::work_chunk() {
  if (chunk_left_ > options_->message_bytes_max - mail_->body_bytes)
    spoil(replies::too_long);
  std::string_view ready;
  const auto size = std::min<std::uint64_t>(unread().size(), chunk_left_);
  if (size > 0 && mail_->spoiled.empty()) {
    const auto found = mail_->scanner->scan(input_.data() + input_used_, size);
    input_used_ += size;
    chunk_left_ -= size;
    count_block(size);
    ready = admit(found.body);
  } else if (chunk_left_ == 0 && mail_->chunk_is_last && !mail_->whole) {
    mail_->whole = true;
    ready = admit(mail_->scanner->finish());
  }
  if (mail_->scanner->is_flawed())
    spoil(replies::bare_newline);
  if (!mail_->spoiled.empty()) {
    // The rest of this chunk is not wanted; later ones find no transaction.
    auto line = mail_->chunk_is_last ? for_each_recipient(mail_->spoiled) : std::string{mail_->spoiled};
    drop_transaction();
    skip_chunk(std::move(line), session_state::ready);
    return std::nullopt;
  }
  if (!ready.empty() || chunk_left_ > 0)
    return hand_over(ready);
  if (mail_->chunk_is_last)
    return end_message(verb::bdat);
  enter(session_state::between);
  say(verb::bdat, replies::chunk_ok);
  return std::nullopt;
}

void server_session::skip_chunk(std::string lines, session_state then) {
  after_skip_ = std::move(lines);
  then_ = then;
  enter(session_state::skipping);
}

void server_session::work_skipping() {
  const auto size = std::min<std::uint64_t>(unread().size(), chunk_left_);
  input_used_ += size;
  chunk_left_ -= size;
  count_block(size);
  if (chunk_left_ > 0)
    return;
  const auto lines = std::exchange(after_skip_, {});
  enter(then_);
  if (lines.starts_with("503")) // out of sequence
    say_error(verb::bdat, lines);
  else
    say(verb::bdat, lines);
}

/// The bytes, if the owner may have them: they break no limit.
std::string_view server_session::admit(std::string_view bytes) {
  if (bytes.empty() || !mail_->spoiled.empty())
    return {};
  mail_->header.look(bytes);
  mail_->body_bytes += bytes.size();
  if (mail_->header.hops() > options_->received_hops_max)
    spoil(replies::too_many_hops);
  else if (mail_->body_bytes > options_->message_bytes_max)
    spoil(replies::too_long);
  return mail_->spoiled.empty() ? bytes : std::string_view{};
}

std::optional<server_action> server_session::end_message(verb what) {
  if (mail_->spoiled.empty()) {
    if (mail_->mail.tls == tls_wish::none && mail_->header.tls_is_optional())
      mail_->mail.tls = tls_wish::optional; // RFC 8689 §4.1: REQUIRETLS goes before the field
    enter(session_state::committing);
    return ask(question::commit, ask_commit{mail_->mail, mail_->body_bytes});
  }
  const auto line = for_each_recipient(mail_->spoiled);
  drop_transaction();
  enter(session_state::ready);
  say(what, line);
  return std::nullopt;
}

/// The message will be refused at its end; until then its bytes are dropped.
void server_session::spoil(std::string_view reply_line) {
  if (!mail_->spoiled.empty())
    return;
  mail_->spoiled = reply_line;
  mail_->scanner->mute();
  body_unwanted_ = body_begun_;
}

/// Enough bytes renew the deadline; a drip does not.
void server_session::count_block(std::size_t bytes) {
  block_bytes_ += bytes;
  if (block_bytes_ >= options_->data_block_bytes)
    wait_for_block();
}

} // namespace troupe::smtp
