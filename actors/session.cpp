#include "actors/session.hpp"

#include "actors/doorway.hpp"
#include "actors/event_log.hpp"
#include "actors/filter_envelope.hpp"
#include "actors/filtering.hpp"
#include "actors/metrics.hpp"
#include "actors/policy/received_header.hpp"
#include "actors/reception.hpp"
#include "actors/session_door.hpp"
#include "actors/session_login.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors {

namespace {

constexpr std::size_t session_mailbox_limit = 16;

} // namespace

session::session(caf::actor_config& config, const house& home, std::string path, io_unit& unit,
                 std::unique_ptr<io::stream_socket> socket, const io::endpoint& peer,
                 const ip_address& address, doorway& door)
  : pinned_actor(config, home, {"session", std::move(path), session_mailbox_limit}, unit),
    socket_(std::move(socket)), timer_(unit.loop()), peer_(peer), address_(address),
    counted_as_(door.rules->door.speaks_for_others(address) ? ip_address{} : address), door_(door),
    rules_(door.rules), born_(unit.loop().now()), machine_(rules_->session, born_),
    is_local_(address.family == ip_family::none), may_claim_(door_rules::is_in(rules_->door.claimants, address)) {}

session::~session() = default;

session_actor::behavior_type session::make_behavior() {
  metrics().sessions_total().add();
  metrics().sessions(door_.name).add(1);
  if (rules_->begins_with_tls && !door_rules::is_in(rules_->door.proxies, address_))
    begin_tls();
  else
    run();
  return {
    [this](const drain&) {
      machine_.drain(now());
      run();
    },
  };
}

void session::on_exit() {
  timer_.cancel();
  socket_->close();
  if (message_ && (message_->examining || (filtering_ && filtering_->body)))
    forget_body(); // nobody was asked to keep it
  message_.reset();
  report_abandoned_login();
  leave_filters();
  leave_door();
  door_.sessions.erase(id());
  metrics().sessions(door_.name).add(-1);
  metrics().session_seconds().observe(std::chrono::duration<double>(now() - born_).count());
  pinned_actor::on_exit();
}

void session::run() {
  if (handshake_until_ != steady_time{})
    return;
  if (std::exchange(was_busy_, is_busy()) && !was_busy_)
    machine_.resume(now()); // that wait was ours, not the peer's
  while (!hanging_up_ && !tls_due_ && !is_busy()) {
    const auto todo = machine_.next();
    if (!todo)
      break;
    std::visit([this](const auto& each) { act(each); }, *todo);
  }
  was_busy_ = is_busy();
  card().in_hand = message_ ? 1 : 0;
  flush();
  if (handshake_until_ == steady_time{} && !reading_ && !hanging_up_ && readable_bytes_max() > 0)
    read();
  arm_timer();
}

// Not past an unread reply, nor past bytes that the SPOOL has no hands free for or that
// no memory is left for, nor into a new message while the SPOOL's answer for a discarded
// one is on its way.
bool session::is_busy() const {
  return unsent_.size() >= unsent_bytes_max
         || (message_ && message_->spooling
             && (message_->unwanted || message_->squeezed_since != steady_time{}
                 || message_->bytes.size() >= body_inline_bytes_max));
}

void session::decide(const smtp::verdict& answer) { machine_.decide(answer, now()); }

void session::refuse(reply answer, std::string_view reason) {
  metrics().messages_rejected_total(reason).add();
  if (log().is_on(log_level::info)) {
    const auto text = to_string(answer);
    log().info("message_rejected", {{"session", path()}, {"client_ip", peer_.address},
                                    {"helo", machine_.peer_name()}, {"tls", tls_words()},
                                    {"code", answer.code}, {"reply", text}, {"reason", reason},
                                    {"user", user_}});
  }
  decide(smtp::refused{std::move(answer)});
}

// ---- what the machine asks

void session::act(const smtp::write_bytes& x) { unsent_ += x.bytes; }

void session::act(const smtp::ask_sender& x) {
  const auto* senders = rules_->logins ? rules_->logins->senders.get() : nullptr;
  if (senders && !user_.empty() && !senders->may_send(user_, x.mail.sender))
    return refuse({553, "5.7.1", {"This sender is not yours to use"}}, "sender_not_owned");
  if (passes_door(x))
    show_sender(x);
}

void session::act(const smtp::ask_recipient& x) {
  if (restore_recipient(x.to.address))
    return show_recipient(x);
  auto answer = rules_->admission->check_recipient(standing(), x.to.address);
  if (answer.place == policy::recipient_place::refused)
    return refuse(answer.refusal, answer.refusal.code == 550 && answer.refusal.enhanced == "5.1.1"
                                    ? "unknown_recipient"
                                    : "relay_denied");
  x.to.address = std::move(answer.to);
  if (passes_greylist(x))
    show_recipient(x);
}

void session::act(const smtp::begin_body& x) {
  message_ = std::make_unique<reception>();
  auto& message = *message_;
  const auto at = wall();
  message.id = filtering_ ? filtering_->id : unit().ids().next(at);
  message.shard = std::hash<message_id>{}(message.id) % door_.house->queue.stores.size();
  policy::trace trace;
  trace.helo = machine_.peer_name();
  trace.peer = address_;
  trace.hostname = rules_->session.hostname;
  trace.protocol.extended = machine_.is_extended();
  trace.protocol.authenticated = machine_.is_logged_in();
  trace.protocol.lmtp = rules_->session.dialect == smtp::dialect::lmtp;
  trace.protocol.smtputf8 = x.mail.smtputf8;
  if (const auto* tls = socket_->tls()) {
    trace.protocol.tls = true;
    trace.tls_version = tls->version();
    trace.tls_cipher = tls->cipher();
  }
  trace.id = message.id;
  trace.only_recipient = x.mail.recipients.size() == 1 ? &x.mail.recipients.front().address : nullptr;
  trace.now = at;
  message.bytes = policy::received_header(trace);
  message.size = message.bytes.size();
  if (rules_->completes_headers)
    message.header.emplace("Date: " + format_rfc5322(at) + "\r\n",
                           "Message-ID: <" + to_string(message.id) + '@' + rules_->session.hostname + ">\r\n");
  show_start_of_data();
}

void session::act(const smtp::append_body& x) {
  auto& message = *message_;
  if (message.failed)
    return;
  const auto before = message.bytes.size();
  if (message.header)
    message.header->take(x.bytes, message.bytes);
  else
    message.bytes += x.bytes;
  message.size += message.bytes.size() - before;
  if (!hold_memory() && message.squeezed_since == steady_time{})
    message.squeezed_since = now();
  if (!message.spooling
      && (message.bytes.size() > body_inline_bytes_max || message.squeezed_since != steady_time{}))
    spill();
}

// ---- the socket

void session::flush() {
  while (!unsent_.empty() && !writing_) {
    const auto sent = socket_->write_some(unsent_);
    if (sent.would_block)
      return wait_writable();
    if (sent.failed)
      return quit(caf::exit_reason::user_shutdown);
    unsent_.erase(0, sent.bytes);
    stuck_since_ = {};
  }
  if (unsent_.empty()) {
    unsent_ = std::string{}; // an idle session keeps no buffer
    if (hanging_up_)
      linger();
    else if (std::exchange(tls_due_, false))
      begin_tls();
  }
}

void session::wait_writable() {
  writing_ = true;
  if (stuck_since_ == steady_time{})
    stuck_since_ = now();
  socket_->wait_writable(bind([this](std::error_code) {
    writing_ = false;
    run();
  }));
}

void session::read() {
  reading_ = true;
  socket_->wait_readable(bind([this](std::error_code why) {
    reading_ = false;
    on_readable(why);
  }));
}

// A peer may send ahead of what we have worked off, but not while memory is short.
std::size_t session::readable_bytes_max() const {
  if (threshold_)
    return 1; // it is looked at by on_threshold_readable
  const auto room = machine_.room();
  if (!message_)
    return room;
  if (message_->squeezed_since != steady_time{})
    return 0;
  return door_.house->memory->is_spent() ? std::min(room, body_free_bytes) : room;
}

void session::on_readable(std::error_code why) {
  if (why || handshake_until_ != steady_time{})
    return;
  const auto scratch = unit().scratch();
  if (hanging_up_) {
    const auto got = socket_->read_some(scratch);
    if (got.ended || got.failed)
      return quit(caf::exit_reason::user_shutdown);
    return read();
  }
  if (threshold_)
    return on_threshold_readable();
  const auto room = readable_bytes_max();
  if (room == 0)
    return; // we are not ready; reading nothing would look like the peer's end
  const auto got = socket_->read_some(scratch.first(std::min(scratch.size(), room)));
  if (got.failed)
    return quit(caf::exit_reason::user_shutdown);
  if (got.bytes > 0)
    machine_.receive({scratch.data(), got.bytes}, now());
  else if (got.ended)
    machine_.end_of_input(now());
  run();
}

// Unread input would turn our close into a reset that overtakes the last reply.
void session::linger() {
  if (timer_at_ == steady_time::max())
    return;
  timer_at_ = steady_time::max();
  socket_->shut_write();
  timer_.expire_at(now() + linger_max,
                   bind([this] { quit(caf::exit_reason::user_shutdown); }));
  if (!reading_)
    read();
}

// ---- time

void session::arm_timer() {
  if (timer_at_ == steady_time::max())
    return; // lingering
  auto at = is_busy() ? steady_time::max() : machine_.deadline();
  if (handshake_until_ != steady_time{})
    at = handshake_until_;
  if (stuck_since_ != steady_time{})
    at = std::min(at, stuck_since_ + rules_->session.idle_max);
  if (message_ && message_->waits_for != 0)
    at = std::min(at, message_->asked_at + rules_->commit_wait_max);
  if (login_ && login_->waits_for != 0)
    at = std::min(at, login_->asked_at + rules_->login_wait_max);
  if (threshold_)
    at = std::min(at, threshold_->until);
  if (inquiry_ && inquiry_->waits_for > 0)
    at = std::min(at, inquiry_->until);
  if (filtering_ && filtering_->waits_for != 0)
    at = std::min(at, filters_due());
  if (at == steady_time::max())
    return;
  // A timer that fires early is armed anew: cheaper than moving it at each command.
  if (timer_at_ != steady_time{} && timer_at_ <= at)
    return;
  timer_at_ = at;
  timer_.expire_at(at, bind([this] { on_time(); }));
}

void session::on_time() {
  timer_at_ = {};
  const auto at = now();
  if (handshake_until_ != steady_time{}) {
    if (at >= handshake_until_)
      return give_up_handshake("timed_out", "no end of it within handshake_max");
    return arm_timer();
  }
  if (stuck_since_ != steady_time{} && at >= stuck_since_ + rules_->session.idle_max)
    return quit(caf::exit_reason::user_shutdown);
  if (message_ && message_->waits_for != 0 && at >= message_->asked_at + rules_->commit_wait_max)
    on_silence();
  else if (login_ && login_->waits_for != 0 && at >= login_->asked_at + rules_->login_wait_max)
    on_login_checked(login_verdict::unavailable);
  else if (threshold_ && at >= threshold_->until)
    on_threshold_time();
  else if (inquiry_ && inquiry_->waits_for > 0 && at >= inquiry_->until)
    on_inquiry_time();
  else if (filtering_ && filtering_->waits_for != 0 && at >= filters_due())
    on_filters_silent();
  else if (!is_busy())
    machine_.tick(at);
  run();
}

} // namespace troupe::actors
