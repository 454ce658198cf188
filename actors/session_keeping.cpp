// SESSION: from the bytes of a message to its 250, by way of SPOOL and STORE.

#include "actors/doorway.hpp"
#include "actors/event_log.hpp"
#include "actors/filtering.hpp"
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

// ---- waits

// The deadline is our own: CAF can't take back the timeout of a request that was answered.
session::ticket session::begin_wait() {
  auto& message = *message_;
  message.asked_at = now();
  if (++last_ticket_ == 0)
    ++last_ticket_;
  return message.waits_for = last_ticket_;
}

/// False: nobody waits for that answer any more.
bool session::end_wait(ticket of) {
  if (!message_ || message_->waits_for != of)
    return false;
  message_->waits_for = 0;
  message_->spooling = false;
  return true;
}

/// Past the deadline of SPOOL or STORE.
void session::on_silence() {
  auto& message = *message_;
  const auto why = message.squeezed_since != steady_time{}
                     ? error{errc::limit_exceeded, "no memory for the body, and the disk is slow"}
                     : error{errc::timed_out, "no answer within commit_wait_max"};
  message.waits_for = 0;
  if (message.examining)
    return on_not_examined(why);
  if (std::exchange(message.spooling, false))
    return on_spool_failed(why);
  door_.house->store_link.waited(now() - message.asked_at, now(), path());
  on_refused(why, keeping_doubt::some);
}

// ---- memory

/// False: the budget does not cover what this session holds of its message.
bool session::hold_memory() {
  auto& message = *message_;
  const auto held = message.bytes.size() + message.bytes_away;
  if (!message.share) {
    if (held <= body_free_bytes)
      return true;
    message.share = std::make_shared<body_share>(door_.house->memory);
  }
  return message.share->hold(held);
}

void session::end_squeeze() {
  auto& since = message_->squeezed_since;
  if (since != steady_time{})
    door_.house->memory_link.waited(now() - since, now(), path());
  since = {};
}

// ---- large bodies

void session::spill() {
  auto& message = *message_;
  message.spooling = true;
  message.bytes_away = message.bytes.size();
  auto bytes = std::exchange(message.bytes, {});
  const auto asked = begin_wait();
  // Whoever is asked has the bytes until it answers, even too late, and so the share lasts.
  const auto written = [this, asked, share = message.share](const file_written& x) {
    if (end_wait(asked))
      on_file_written(x);
  };
  const auto failed = [this, asked](const caf::error& why) {
    if (end_wait(asked))
      on_spool_failed(from_caf(why));
  };
  const auto spool = door_.house->queue.spools[message.shard]->now();
  if (message.file)
    request(spool, caf::infinite, append_file{message.file, std::move(bytes)}).then(written, failed);
  else
    request(spool, caf::infinite, begin_file{message.id, std::move(bytes)}).then(written, failed);
}

void session::on_file_written(const file_written& x) {
  auto& message = *message_;
  message.file = x.file;
  message.bytes_away = 0;
  const bool covered = hold_memory();
  if (covered)
    end_squeeze();
  if (message.unwanted)
    message_.reset();
  else if (message.committing)
    commit();
  else if (message.bytes.size() > body_inline_bytes_max || !covered)
    spill();
  run();
}

void session::on_spool_failed(const error& why) {
  auto& message = *message_;
  message.bytes = {};
  message.bytes_away = 0;
  message.file = nullptr;
  message.failed = why;
  message.share = nullptr;
  end_squeeze();
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
  if (message.header && !message.failed) {
    const auto before = message.bytes.size();
    message.header->finish(message.bytes);
    message.size += message.bytes.size() - before;
  }
  if (is_filtered() || is_discarded())
    message.envelope = x.mail; // what filters change of it comes before its aliases
  else if (!address_mail(x.mail))
    return;
  if (!message.spooling)
    commit();
}

/// False: it is refused already.
bool session::address_mail(envelope& said) {
  auto& message = *message_;
  policy::alias_expansion aliases(*rules_->admission->local(), rules_->aliases);
  for (const auto& each : said.recipients)
    if (auto refusal = aliases.add(each)) {
      forget_body();
      discard_reception();
      refuse(std::move(*refusal), "alias");
      return false;
    }
  auto mail = std::make_shared<queued_message>();
  mail->id = message.id;
  mail->received = wall();
  mail->sender = std::move(said.sender);
  mail->body = said.body;
  mail->smtputf8 = said.smtputf8;
  mail->ret = said.ret;
  mail->tls = said.tls;
  mail->priority = said.priority != 0 ? said.priority : rules_->priority;
  mail->envid = std::move(said.envid);
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
  return true;
}

void session::commit() {
  auto& message = *message_;
  if (message.failed)
    return on_refused(*message.failed);
  if (!message.file) {
    auto whole = std::make_shared<body>();
    whole->size = message.size;
    whole->bytes = std::move(message.bytes);
    return on_whole(std::move(whole));
  }
  if (!message.bytes.empty())
    return spill();
  message.spooling = true;
  const auto asked = begin_wait();
  const auto spool = door_.house->queue.spools[message.shard]->now();
  request(spool, caf::infinite, finish_file{std::move(message.file)})
    .then(
      [this, asked, spool](const file_finished& x) {
        const bool awaited = end_wait(asked);
        if (awaited && !message_->unwanted)
          return on_whole(x.body);
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

// Checks see the message as it came in, filters see what they say of it, and a signature
// or a seal covers it as it goes out.
void session::on_whole(body_ptr body) {
  if (is_discarded())
    return throw_away(std::move(body), filtering_->discarded_by);
  if (wants_check())
    return examine(std::move(body), examination_kind::check);
  if (wants_filters())
    return show_message(std::move(body));
  if (wants_signature())
    return examine(std::move(body), examination_kind::sign);
  if (wants_seal())
    return examine(std::move(body), examination_kind::seal);
  rewrite_sender();
  keep(std::move(body));
}

void session::keep(body_ptr body) {
  auto& message = *message_;
  message.bytes_away = body->bytes.size();
  message.kept_body = body;
  const auto asked = begin_wait();
  request(door_.house->queue.stores[message.shard]->now(), caf::infinite,
          keep_message{message.mail, std::move(body)})
    .then(
      [this, asked, share = message.share](const message_kept& x) {
        if (end_wait(asked))
          on_kept(x);
      },
      [this, asked, share = message.share](const caf::error& why) {
        if (end_wait(asked))
          on_not_kept(from_caf(why));
      });
}

// A shard whose disk refuses says so at once; the others may serve. A large body
// lies in the folder of its shard already, and has to be sent again.
void session::on_not_kept(const error& why) {
  auto& message = *message_;
  const auto shards = door_.house->queue.stores.size();
  door_.house->store_link.waited(now() - message.asked_at, now(), path());
  if (why.code != errc::storage_failed || message.kept_body->in_file()
      || ++message.shards_tried >= shards)
    return on_refused(why, why.code == errc::storage_failed ? keeping_doubt::some
                                                            : keeping_doubt::none);
  message.shard = (message.shard + 1) % shards;
  keep(message.kept_body);
}

void session::on_kept(const message_kept& x) {
  const auto& mail = *message_->mail;
  metrics().messages_received_total().add();
  metrics().message_bytes().observe(static_cast<double>(mail.body_bytes));
  door_.house->store_link.waited(now() - message_->asked_at - x.commit, now(), path());
  if (log().is_on(log_level::info)) {
    const auto from = to_string(mail.sender);
    const auto first = to_string(mail.recipients.front().to.address);
    log().info("message_received",
               {{"msg", x.id}, {"session", path()}, {"from", from}, {"to", first},
                {"to_count", mail.recipients.size()}, {"bytes", mail.body_bytes},
                {"client_ip", peer_.address}, {"helo", machine_.peer_name()},
                {"tls", tls_words()}, {"user", user_}});
  }
  if (message_->held_by_filter)
    log().info("message_held", {{"msg", x.id}, {"reason", mail.hold_reason}});
  if (door_.house->spans->wants(x.id))
    trace(x);
  const auto text = "2.0.0 Ok: queued as " + to_string(x.id);
  message_.reset();
  decide(smtp::accepted{text});
  run();
}

void session::on_refused(const error& why, keeping_doubt doubt) {
  if (doubt == keeping_doubt::none)
    forget_body();
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
