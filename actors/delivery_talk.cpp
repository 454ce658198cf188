// DELIVERY: what its session wants done, and what the peer says.

#include "actors/delivery.hpp"
#include "actors/metrics.hpp"

#include <utility>

namespace troupe::actors {

namespace {

envelope envelope_of(const lease& what) {
  const auto& mail = *what.mail;
  envelope out;
  out.sender = mail.sender;
  out.body = mail.body;
  out.smtputf8 = mail.smtputf8;
  out.ret = mail.ret;
  out.tls = mail.tls;
  out.envid = mail.envid;
  out.priority = mail.priority;
  out.recipients.reserve(what.recipients.size());
  for (const auto each : what.recipients)
    out.recipients.push_back(mail.recipients[each].to);
  return out;
}

} // namespace

void delivery::begin_waiting() {
  for (auto& each : tasks_) {
    if (each.begun)
      continue;
    if (!session_ || !session_->can_begin())
      return;
    begin(each);
  }
}

void delivery::begin(task& what) {
  what.begun = true;
  ++taken_;
  const auto& body = what.what->body;
  smtp::transaction out;
  out.token = what.token;
  out.mail = envelope_of(*what.what);
  out.body_bytes = body->size;
  if (!body->in_file()
      && (out.mail.body != body_type::seven_bit || out.mail.smtputf8 || !body->bytes.ends_with("\r\n")))
    out.body = smtp::look_at(body->bytes);
  session_->begin(std::move(out), steady_now());
  if (!takes_more())
    session_->quit(steady_now());
}

void delivery::run() {
  // What a peer never read must not hide that the session is over.
  if (session_->state() == smtp::client_state::closed)
    unsent_ = {};
  while (unsent_.empty()) {
    const auto todo = session_->next();
    if (!todo)
      break;
    act(*todo);
    if (!has_behavior() || !session_)
      return;
  }
  if (!reading_ && !shaking_)
    read();
  if (session_->is_idle() && tasks_.empty()) {
    if (idle_since_ == steady_time{})
      idle_since_ = steady_now();
  } else {
    idle_since_ = {};
  }
  arm_timer();
}

void delivery::act(const smtp::client_action& todo) {
  std::visit([this](const auto& each) { act(each); }, todo);
}

void delivery::act(const smtp::session_ready&) {
  if (!has_proven_itself())
    return session_->login_failed("the host did not prove that it knows the password");
  news_ = host_news::fine;
  if (!session_->uses_tls() && !plainly_ && targets_[target_].tls.level == policy::tls_level::may)
    report_tls(policy::tls_result::starttls_not_supported);
  dialled_.answered = io::to_string(targets_[target_].where);
  send<caf::message_priority::high>(route_, session_opened{std::move(dialled_)});
  dialled_ = {};
}

void delivery::act(const smtp::session_failed& x) {
  using enum smtp::session_failure;
  why_ = remote_name() + ": " + to_string(x.answer);
  const bool by_tls = x.kind == tls_failed || x.kind == tls_refused;
  why_code_ = by_tls ? x.answer.enhanced : std::string{};
  if (x.kind == tls_failed) {
    metrics().tls_handshakes_total("client", "failed").add();
    report_tls(policy::result_of_failure(why_, targets_[target_].tls));
  } else if (by_tls) {
    report_tls(policy::tls_result::starttls_not_supported);
  }
  weigh(x);
  const bool at_door = news_ == host_news::unreachable && !leaving_;
  // RFC 7435: without a promise of TLS, a bad one is no worse than none. A password has
  // no business there.
  const bool may_be_plain = policy::may_be_plain(targets_[target_].tls) && (!options_->login || is_private());
  if (at_door && x.kind == tls_failed && may_be_plain)
    again_ = second_try::plainly;
  // RFC 5321 §5.1: who is turned away at the door knocks at the next host's.
  else if (at_door && target_ + 1 < targets_.size())
    again_ = second_try::elsewhere;
  if (again_ != second_try::no)
    return;
  if (at_door && is_unfit())
    news_ = host_news::unfit;
  if (smtp::blames_host(x.kind))
    news_ = is_at_door() ? news_ : host_news::faltered;
  leaving_ = true;
}

void delivery::act(const smtp::transaction_done& x) {
  auto* what = find(x.token);
  if (what == nullptr)
    return;
  if (again_ != second_try::no) {
    what->begun = false;
    --taken_;
    return;
  }
  if (x.attempt == smtp::attempt::not_made) {
    // A host that turned the connection away has answered for this message too:
    // sent back as untried it would be at the door again at once.
    if (is_at_door())
      return answer(*what, attempt_end::made, results_for_all(*what->what, not_connected(why_)));
    return answer(*what, attempt_end::not_made, {});
  }
  std::vector<policy::attempt_result> results;
  results.reserve(x.outcomes.size());
  const auto reach = policy::is_final(what->what->hop.kind) ? policy::reach::arrived
                                                            : policy::reach::relayed;
  for (std::size_t i = 0; i < x.outcomes.size(); ++i) {
    results.push_back({what->what->recipients[i], x.outcomes[i], reach});
    results.back().what.tls = tls_;
  }
  answer(*what, attempt_end::made, std::move(results));
}

void delivery::act(const smtp::want_body& x) {
  auto* what = find(x.token);
  TROUPE_EXPECT(what != nullptr);
  const auto& body = *what->what->body;
  if (body.in_file())
    return supply_from_file(*what);
  const auto rest = std::string_view(body.bytes).substr(what->offset, smtp::body_piece_bytes_max);
  what->offset += rest.size();
  session_->supply_body(x.token, rest, what->offset == body.size ? smtp::piece::last : smtp::piece::more_follow,
                        steady_now());
}

void delivery::supply_from_file(task& what) {
  const auto token = what.token;
  request(spool_->now(), caf::infinite,
          read_file{what.what->body, what.reader, what.offset, smtp::body_piece_bytes_max})
    .then([this, token](const file_read& x) { on_file_read(token, x); },
          [this, token](const caf::error& why) { on_body_lost(token, from_caf(why)); });
}

void delivery::on_file_read(std::uint64_t token, const file_read& x) {
  auto* what = find(token);
  if (what == nullptr)
    return; // the session is over already
  what->reader = x.reader;
  what->offset += x.bytes->size();
  session_->supply_body(token, *x.bytes,
                        what->offset >= what->what->body->size ? smtp::piece::last
                                                               : smtp::piece::more_follow,
                        steady_now());
  run();
}

void delivery::on_body_lost(std::uint64_t token, const error& why) {
  if (find(token) == nullptr)
    return;
  why_ = "the body could not be read: " + why.detail;
  session_->body_failed(token);
  run();
}

void delivery::act(const smtp::write_bytes& x) {
  unsent_ = x.bytes;
  flush();
}

void delivery::act(const smtp::hang_up&) {
  switch (std::exchange(again_, second_try::no)) {
    case second_try::no: return give_up(news_, why_);
    case second_try::elsewhere:
      leave_host();
      return dial_next();
    case second_try::plainly:
      leave_host();
      plainly_ = true;
      dialled_.tls_broken.push_back(io::to_string(targets_[target_].where));
      return dial();
  }
}

void delivery::leave_host() {
  socket_.close();
  session_.reset();
  login_.reset();
  unsent_ = {};
  shaking_ = false;
  tls_.clear();
}

void delivery::flush() {
  while (!unsent_.empty()) {
    const auto sent = socket_.write_some(unsent_);
    if (sent.would_block) {
      socket_.wait_writable(bind([this](std::error_code why) {
        if (why || !session_)
          return; // closed, to dial another host
        flush();
        if (has_behavior() && unsent_.empty())
          run();
      }));
      return;
    }
    if (sent.failed) {
      unsent_ = {};
      session_->wrote(steady_now());
      session_->disconnected();
      return;
    }
    unsent_.remove_prefix(sent.bytes);
  }
  session_->wrote(steady_now());
}

void delivery::read() {
  reading_ = true;
  socket_.wait_readable(bind([this](std::error_code why) {
    reading_ = false;
    on_readable(why);
  }));
}

void delivery::on_readable(std::error_code why) {
  if (why || !session_ || shaking_)
    return;
  const auto scratch = unit().scratch();
  const auto got = socket_.read_some(scratch);
  if (got.bytes > 0)
    session_->receive({scratch.data(), got.bytes}, steady_now());
  else if (!got.would_block)
    session_->disconnected();
  run();
}

} // namespace troupe::actors
