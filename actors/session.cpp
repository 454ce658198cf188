#include "actors/session.hpp"

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"
#include "actors/policy/received_header.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors {

namespace {

constexpr std::size_t mailbox_limit = 16;

ip_address address_of(const io::endpoint& peer) {
  auto address = parse_ip_address(peer.address);
  return address ? *address : ip_address{};
}

/// The only place where a failure of ours becomes words for a client.
reply reply_for(const error& why) {
  switch (why.code) {
    case errc::storage_full:
    case errc::limit_exceeded: return {452, "4.3.1", {"Insufficient system storage"}};
    case errc::mailbox_full: return {452, "4.3.1", {"Too much mail at once, try again later"}};
    case errc::draining: return {421, "4.3.2", {"Service closing, try again later"}};
    case errc::timed_out: return {451, "4.3.0", {"The queue did not answer in time"}};
    case errc::malformed:
    case errc::not_found:
    case errc::refused:
    case errc::storage_failed:
    case errc::storage_foreign:
    case errc::peer_unreachable:
    case errc::worker_lost: break;
  }
  return {451, "4.3.0", {"Local error, try again later"}};
}

} // namespace

/// Between begin_body and the verdict on its commit.
struct session::reception {
  message_id id;
  std::size_t shard = 0;
  std::string bytes;       ///< Not yet with the SPOOL; the whole body if it is small.
  std::uint64_t size = 0;
  spool_file file;         ///< Null: everything is in `bytes`.
  bool spooling = false;   ///< A request to the SPOOL is in flight.
  bool committing = false;
  bool unwanted = false;   ///< Discarded while the SPOOL worked.
  std::optional<error> failed; ///< The SPOOL refused: swallow the rest, then say so.
  steady_time committing_since{};
  std::shared_ptr<queued_message> mail;
  body_ptr kept_body;
  std::size_t shards_tried = 0;
};

session::session(caf::actor_config& config, const house& home, std::string path, io_unit& unit,
                 std::unique_ptr<io::stream_socket> socket, const io::endpoint& peer,
                 inbound_rules_ptr rules, queue_doors_ptr queue, std::shared_ptr<census> counted)
  : pinned_actor(config, home, {"session", std::move(path), mailbox_limit}, unit),
    socket_(std::move(socket)), timer_(unit.loop()), peer_(peer), address_(address_of(peer)),
    rules_(std::move(rules)), queue_(std::move(queue)), counted_(std::move(counted)),
    machine_(rules_->session, born_) {}

session::~session() = default;

session_actor::behavior_type session::make_behavior() {
  metrics().sessions_total().add();
  run();
  return {
    [this](const drain&) {
      machine_.drain(steady_now());
      run();
    },
  };
}

void session::on_exit() {
  timer_.cancel();
  socket_->close();
  counted_->leave(peer_.address);
  metrics().session_seconds().observe(std::chrono::duration<double>(steady_now() - born_).count());
  pinned_actor::on_exit();
}

void session::run() {
  if (std::exchange(was_busy_, is_busy()) && !was_busy_)
    machine_.resume(steady_now()); // that wait was ours, not the peer's
  while (!hanging_up_ && !is_busy()) {
    const auto todo = machine_.next();
    if (!todo)
      break;
    std::visit([this](const auto& each) { act(each); }, *todo);
  }
  was_busy_ = is_busy();
  flush();
  if (!reading_ && !hanging_up_ && machine_.room() > 0)
    read();
  arm_timer();
}

// Not past an unread reply, nor past bytes that the SPOOL has no hands free for, nor
// into a new message while the SPOOL's answer for a discarded one is on its way.
bool session::is_busy() const {
  return unsent_.size() >= unsent_bytes_max
         || (message_ && message_->spooling
             && (message_->unwanted || message_->bytes.size() >= body_inline_bytes_max));
}

void session::decide(const smtp::verdict& answer) { machine_.decide(answer, steady_now()); }

void session::refuse(reply answer, std::string_view reason) {
  metrics().messages_rejected_total(reason).add();
  if (log().is_on(log_level::info)) {
    const auto text = to_string(answer);
    log().info("message_rejected", {{"session", path()}, {"client_ip", peer_.address},
                                    {"helo", machine_.peer_name()}, {"code", answer.code},
                                    {"reply", text}, {"reason", reason}});
  }
  decide(smtp::refused{std::move(answer)});
}

// ---- what the machine asks

void session::act(const smtp::write_bytes& x) { unsent_ += x.bytes; }

void session::act(const smtp::ask_peer&) { decide(smtp::accepted{}); }

void session::act(const smtp::ask_sender&) { decide(smtp::accepted{}); }

void session::act(const smtp::ask_recipient& x) {
  const auto answer = rules_->admission->check_recipient({address_, false}, x.to.address);
  if (answer.place == policy::recipient_place::refused)
    return refuse(answer.refusal, answer.refusal.code == 550 && answer.refusal.enhanced == "5.1.1"
                                    ? "unknown_recipient"
                                    : "relay_denied");
  decide(smtp::accepted{});
}

void session::act(const smtp::begin_body& x) {
  message_ = std::make_unique<reception>();
  auto& message = *message_;
  const auto now = wall_now();
  message.id = unit().ids().next(now);
  message.shard = std::hash<message_id>{}(message.id) % queue_->stores.size();
  policy::trace trace;
  trace.helo = machine_.peer_name();
  trace.peer = address_;
  trace.hostname = rules_->session.hostname;
  trace.protocol.extended = machine_.is_extended();
  trace.protocol.smtputf8 = x.mail.smtputf8;
  trace.id = message.id;
  trace.only_recipient = x.mail.recipients.size() == 1 ? &x.mail.recipients.front().address : nullptr;
  trace.now = now;
  message.bytes = policy::received_header(trace);
  message.size = message.bytes.size();
  decide(smtp::accepted{});
}

void session::act(const smtp::append_body& x) {
  auto& message = *message_;
  message.size += x.bytes.size();
  if (message.failed)
    return;
  message.bytes += x.bytes;
  if (message.bytes.size() > body_inline_bytes_max && !message.spooling)
    spill();
}

// ---- large bodies

void session::spill() {
  auto& message = *message_;
  message.spooling = true;
  auto& spool = queue_->spools[message.shard];
  const auto written = [this](const file_written& x) { on_file_written(x); };
  const auto failed = [this](const caf::error& why) { on_spool_failed(from_caf(why)); };
  auto bytes = std::move(message.bytes);
  message.bytes = {};
  if (message.file)
    request(spool, rules_->commit_wait_max, append_file{message.file, std::move(bytes)}).then(written, failed);
  else
    request(spool, rules_->commit_wait_max, begin_file{message.id, std::move(bytes)}).then(written, failed);
}

void session::on_file_written(const file_written& x) {
  auto& message = *message_;
  message.spooling = false;
  message.file = x.file;
  if (message.unwanted)
    message_.reset();
  else if (message.committing)
    commit();
  else if (message.bytes.size() > body_inline_bytes_max)
    spill();
  run();
}

void session::on_spool_failed(const error& why) {
  auto& message = *message_;
  message.spooling = false;
  message.bytes = {};
  message.file = nullptr;
  message.failed = why;
  if (message.unwanted)
    message_.reset();
  else if (message.committing)
    on_refused(why);
  run();
}

// ---- keeping it

void session::act(const smtp::ask_commit& x) {
  auto& message = *message_;
  message.committing = true;
  message.committing_since = steady_now();
  policy::alias_expansion aliases(*rules_->admission->local(), rules_->aliases);
  for (auto& each : x.mail.recipients) {
    each.address = rules_->admission->check_recipient({address_, false}, each.address).to;
    if (auto refusal = aliases.add(each)) {
      discard_reception();
      return refuse(std::move(*refusal), "alias");
    }
  }
  auto mail = std::make_shared<queued_message>();
  mail->id = message.id;
  mail->received = wall_now();
  mail->sender = std::move(x.mail.sender);
  mail->body = x.mail.body;
  mail->smtputf8 = x.mail.smtputf8;
  mail->ret = x.mail.ret;
  mail->priority = x.mail.priority;
  mail->envid = std::move(x.mail.envid);
  mail->client = policy::client_name(machine_.peer_name(), address_);
  mail->body_bytes = message.size;
  for (auto& each : aliases.take()) {
    queued_recipient one;
    // A rule that holds mail holds it from the start: one write instead of two.
    if (rules_->routing->find_next_hop(each.address).kind == policy::next_hop_kind::hold) {
      one.state = recipient_state::held;
      mail->hold_reason = "a rule of the configuration holds it";
    }
    one.to = std::move(each);
    mail->recipients.push_back(std::move(one));
  }
  message.mail = std::move(mail);
  if (!message.spooling)
    commit();
}

void session::commit() {
  auto& message = *message_;
  if (message.failed)
    return on_refused(*message.failed);
  if (!message.file) {
    auto whole = std::make_shared<body>();
    whole->size = message.size;
    whole->bytes = std::move(message.bytes);
    return keep(std::move(whole));
  }
  if (!message.bytes.empty())
    return spill();
  message.spooling = true;
  request(queue_->spools[message.shard], rules_->commit_wait_max, finish_file{std::move(message.file)})
    .then(
      [this](const file_finished& x) {
        message_->spooling = false;
        if (message_->unwanted) {
          send(queue_->spools[message_->shard], drop_file{x.body});
          message_.reset();
          return run();
        }
        keep(x.body);
      },
      [this](const caf::error& why) { on_spool_failed(from_caf(why)); });
}

void session::keep(body_ptr body) {
  auto& message = *message_;
  message.kept_body = body;
  request(queue_->stores[message.shard], rules_->commit_wait_max,
          keep_message{message.mail, std::move(body)})
    .then([this](const message_kept& x) { on_kept(x); },
          [this](const caf::error& why) { on_not_kept(from_caf(why)); });
}

// A shard whose disk refuses says so at once; the others may serve. A large body
// lies in the folder of its shard already, and has to be sent again.
void session::on_not_kept(const error& why) {
  auto& message = *message_;
  if (why.code != errc::storage_failed || message.kept_body->in_file()
      || ++message.shards_tried >= queue_->stores.size())
    return on_refused(why);
  message.shard = (message.shard + 1) % queue_->stores.size();
  keep(message.kept_body);
}

void session::on_kept(const message_kept& x) {
  const auto& mail = *message_->mail;
  metrics().messages_received_total().add();
  metrics().message_bytes().observe(static_cast<double>(mail.body_bytes));
  metrics().backpressure_seconds_total("session_store")
    .add(std::chrono::duration<double>(steady_now() - message_->committing_since).count());
  if (log().is_on(log_level::info)) {
    const auto from = to_string(mail.sender);
    const auto first = to_string(mail.recipients.front().to.address);
    log().info("message_received",
               {{"msg", x.id}, {"session", path()}, {"from", from}, {"to", first},
                {"to_count", mail.recipients.size()}, {"bytes", mail.body_bytes},
                {"client_ip", peer_.address}, {"helo", machine_.peer_name()}});
  }
  const auto text = "2.0.0 Ok: queued as " + to_string(x.id);
  message_.reset();
  decide(smtp::accepted{text});
  run();
}

void session::on_refused(const error& why) {
  // Where the message may yet turn out to be kept, its file must stay: after a
  // silence, or a sync that failed.
  const bool surely_not_kept = why.code == errc::storage_full || why.code == errc::mailbox_full
                               || why.code == errc::draining;
  if (message_->kept_body && message_->kept_body->in_file() && surely_not_kept)
    send(queue_->spools[message_->shard], drop_file{message_->kept_body});
  log().warn("message_refused", {{"msg", message_->id}, {"session", path()},
                                 {"client_ip", peer_.address}, {"error", to_string(why.code)},
                                 {"reason", why.detail}});
  message_.reset();
  refuse(reply_for(why), to_string(why.code));
  run();
}

void session::act(const smtp::discard_body&) { discard_reception(); }

void session::discard_reception() {
  if (!message_)
    return;
  if (message_->spooling)
    message_->unwanted = true; // its answer finds it so
  else
    message_.reset();
}

void session::act(const smtp::command_done& x) {
  metrics().count_command(smtp::to_string(x.what), x.code);
}

void session::act(const smtp::hang_up&) { hanging_up_ = true; }

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
  }
}

void session::wait_writable() {
  writing_ = true;
  if (stuck_since_ == steady_time{})
    stuck_since_ = steady_now();
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

void session::on_readable(std::error_code why) {
  if (why)
    return;
  const auto scratch = unit().scratch();
  if (hanging_up_) {
    const auto got = socket_->read_some(scratch);
    if (got.ended || got.failed)
      return quit(caf::exit_reason::user_shutdown);
    return read();
  }
  const auto room = machine_.room();
  if (room == 0)
    return; // a verdict is awaited; reading nothing would look like the peer's end
  const auto got = socket_->read_some(scratch.first(std::min(scratch.size(), room)));
  if (got.failed)
    return quit(caf::exit_reason::user_shutdown);
  if (got.bytes > 0)
    machine_.receive({scratch.data(), got.bytes}, steady_now());
  else if (got.ended)
    machine_.end_of_input(steady_now());
  run();
}

// Unread input would turn our close into a reset that overtakes the last reply.
void session::linger() {
  if (timer_at_ == steady_time::max())
    return;
  timer_at_ = steady_time::max();
  socket_->shut_write();
  timer_.expire_at(steady_now() + linger_max,
                   bind([this] { quit(caf::exit_reason::user_shutdown); }));
  if (!reading_)
    read();
}

// ---- time

void session::arm_timer() {
  if (timer_at_ == steady_time::max())
    return; // lingering
  auto at = is_busy() ? steady_time::max() : machine_.deadline();
  if (stuck_since_ != steady_time{})
    at = std::min(at, stuck_since_ + rules_->session.idle_max);
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
  const auto now = steady_now();
  if (stuck_since_ != steady_time{} && now >= stuck_since_ + rules_->session.idle_max)
    return quit(caf::exit_reason::user_shutdown);
  if (!is_busy())
    machine_.tick(now);
  run();
}

} // namespace troupe::actors
