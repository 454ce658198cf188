// SESSION: from the bytes of a message to its 250, by way of SPOOL and STORE.

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"
#include "actors/policy/received_header.hpp"
#include "actors/reception.hpp"

#include <utility>

namespace troupe::actors {

namespace {

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

} // namespace troupe::actors
