#include "actors/delivery.hpp"

#include "actors/metrics.hpp"

#include <algorithm>
#include <cerrno>

namespace troupe::actors {

namespace {

reply connect_reply(const std::string& why) {
  return {451, "4.4.1", {"Could not connect: " + why}};
}

/// We are short of something; the host was not even asked.
bool is_ours(const std::error_code& why) {
  // Asio's own category knows no std::errc for all of these.
  return why.category() == asio::error::get_system_category()
         && (why.value() == EMFILE || why.value() == ENFILE || why.value() == ENOBUFS
             || why.value() == ENOMEM);
}

envelope envelope_of(const lease& what) {
  const auto& mail = *what.mail;
  envelope out;
  out.sender = mail.sender;
  out.body = mail.body;
  out.smtputf8 = mail.smtputf8;
  out.ret = mail.ret;
  out.envid = mail.envid;
  out.priority = mail.priority;
  out.recipients.reserve(what.recipients.size());
  for (const auto each : what.recipients)
    out.recipients.push_back(mail.recipients[each].to);
  return out;
}

} // namespace

delivery::delivery(caf::actor_config& config, const house& home, std::string path, io_unit& unit,
                   std::shared_ptr<const delivery_options> options,
                   std::vector<dial_target> targets, foreman_actor route, role_ptr<spool_actor> spool)
  : pinned_actor(config, home, {"delivery", std::move(path), 16}, unit),
    options_(std::move(options)), targets_(std::move(targets)), route_(std::move(route)),
    spool_(std::move(spool)), socket_(unit.loop()), timer_(unit.loop()) {}

delivery::~delivery() = default;

worker_actor::behavior_type delivery::make_behavior() {
  dial();
  return {
    [this](const deliver& x) { on_deliver(x); },
    [this](const leave&) { on_leave(); },
  };
}

void delivery::on_exit() {
  timer_.cancel();
  socket_.close();
  route_ = nullptr;
  spool_ = nullptr;
  pinned_actor::on_exit();
}

void delivery::on_deliver(const deliver& x) {
  tasks_.push_back({x.what, ++tokens_, steady_now(), nullptr, 0, false});
  card().in_hand = tasks_.size();
  begin_waiting();
  if (session_)
    run();
}

void delivery::on_leave() {
  leaving_ = true;
  if (!session_)
    return give_up(host_news::fine, connect_reply("not needed any more"));
  if (std::all_of(tasks_.begin(), tasks_.end(), [](const task& each) { return each.begun; }))
    session_->quit(steady_now());
  run();
}

// ---- connecting

void delivery::dial() {
  if (target_ == targets_.size())
    return give_up(host_news::unreachable, connect_reply(why_));
  dial_deadline_ = steady_now() + options_->connect_timeout;
  arm_timer();
  socket_.connect(targets_[target_].where, source_for(targets_[target_].where),
                  bind([this](std::error_code why) { on_connected(why); }));
}

void delivery::dial_next() {
  socket_.close();
  dialled_.deaf.push_back(io::to_string(targets_[target_].where));
  ++target_;
  dial();
}

void delivery::on_connected(std::error_code why) {
  if (session_)
    return;
  if (why) {
    why_ = remote_name() + ": "
           + (why == asio::error::operation_aborted ? "timed out" : why.message());
    if (is_ours(why))
      return give_up(host_news::starved, connect_reply(why_));
    return dial_next();
  }
  session_ = std::make_unique<smtp::client_session>(options_->session, remote_name(), steady_now());
  begin_waiting();
  run();
}

const std::string& delivery::source_for(const io::endpoint& to) const {
  static const std::string any;
  const auto is_v6 = [](const std::string& address) { return address.find(':') != address.npos; };
  for (const auto& each : options_->sources)
    if (is_v6(each) == is_v6(to.address))
      return each;
  return any;
}

std::string delivery::remote_name() const {
  const auto& target = targets_[std::min(target_, targets_.size() - 1)];
  if (target.name.empty() || target.name == target.where.address)
    return io::to_string(target.where);
  return target.name + " [" + target.where.address + "]:" + std::to_string(target.where.port);
}

// ---- the session's actions

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
  if (taken_ >= options_->messages_max || leaving_)
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
  if (!reading_)
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
  news_ = host_news::fine;
  dialled_.answered = io::to_string(targets_[target_].where);
  send<caf::message_priority::high>(route_, session_opened{std::move(dialled_)});
  dialled_ = {};
}

void delivery::act(const smtp::session_failed& x) {
  why_ = remote_name() + ": " + to_string(x.answer);
  // RFC 5321 §5.1: who is turned away at the door knocks at the next host's.
  elsewhere_ = news_ == host_news::unreachable && !leaving_ && target_ + 1 < targets_.size();
  if (elsewhere_)
    return;
  if (smtp::blames_host(x.kind))
    news_ = news_ == host_news::unreachable ? host_news::unreachable : host_news::faltered;
  leaving_ = true;
}

void delivery::act(const smtp::transaction_done& x) {
  auto* what = find(x.token);
  if (what == nullptr)
    return;
  if (elsewhere_) {
    what->begun = false;
    --taken_;
    return;
  }
  if (x.attempt == smtp::attempt::not_made) {
    // A host that turned the connection away has answered for this message too:
    // sent back as untried it would be at the door again at once.
    if (news_ == host_news::unreachable) {
      outcome same;
      same.answer = connect_reply(why_);
      same.remote = remote_name();
      return answer(*what, attempt_end::made, results_for_all(*what->what, same));
    }
    return answer(*what, attempt_end::not_made, {});
  }
  std::vector<policy::attempt_result> results;
  results.reserve(x.outcomes.size());
  const auto reach = policy::is_final(what->what->hop.kind) ? policy::reach::arrived
                                                            : policy::reach::relayed;
  for (std::size_t i = 0; i < x.outcomes.size(); ++i)
    results.push_back({what->what->recipients[i], x.outcomes[i], reach});
  answer(*what, attempt_end::made, std::move(results));
}

void delivery::act(const smtp::start_tls&) { session_->tls_failed("not spoken here"); }

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
  if (elsewhere_) {
    elsewhere_ = false;
    session_.reset();
    unsent_ = {};
    return dial_next();
  }
  give_up(news_, connect_reply(why_));
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
  if (why || !session_)
    return;
  const auto scratch = unit().scratch();
  const auto got = socket_.read_some(scratch);
  if (got.bytes > 0)
    session_->receive({scratch.data(), got.bytes}, steady_now());
  else if (!got.would_block)
    session_->disconnected();
  run();
}

// ---- time

void delivery::arm_timer() {
  auto at = dial_deadline_;
  if (session_) {
    at = session_->deadline();
    if (idle_since_ != steady_time{})
      at = std::min(at, idle_since_ + options_->idle_max);
  }
  // A timer that fires early is armed anew: cheaper than moving it at each message.
  if (timer_at_ != steady_time{} && timer_at_ <= at)
    return;
  if (at == steady_time::max())
    return;
  timer_at_ = at;
  timer_.expire_at(at, bind([this] { on_time(); }));
}

void delivery::on_time() {
  const auto now = steady_now();
  timer_at_ = {};
  if (!session_) {
    if (now >= dial_deadline_)
      socket_.close(); // ends the connect, which dials the next
    else
      arm_timer();
    return;
  }
  if (idle_since_ != steady_time{} && now >= idle_since_ + options_->idle_max && !leaving_) {
    leaving_ = true;
    session_->quit(now);
  }
  session_->tick(now);
  run();
}

// ---- the end

delivery::task* delivery::find(std::uint64_t token) {
  for (auto& each : tasks_)
    if (each.token == token)
      return &each;
  return nullptr;
}

void delivery::answer(const task& what, attempt_end end, std::vector<policy::attempt_result> results) {
  const auto took = std::chrono::duration_cast<milliseconds>(steady_now() - what.since);
  attempt_ended ended{{what.what, end, std::move(results), {}, took}, news_,
                      !leaving_ && taken_ < options_->messages_max};
  const auto token = what.token;
  tasks_.erase(std::find_if(tasks_.begin(), tasks_.end(), [token](const task& each) {
    return each.token == token;
  }));
  card().in_hand = tasks_.size();
  send<caf::message_priority::high>(route_, std::move(ended));
}

// Everything in hand is answered, then the actor ends.
void delivery::give_up(host_news news, const reply& why) {
  news_ = news;
  leaving_ = true;
  outcome same;
  same.answer = why;
  same.remote = remote_name();
  while (!tasks_.empty()) {
    // Whoever could not be reached has had an attempt; what was not begun otherwise has not.
    if (news == host_news::unreachable)
      answer(tasks_.front(), attempt_end::made, results_for_all(*tasks_.front().what, same));
    else
      answer(tasks_.front(), attempt_end::not_made, {});
  }
  send<caf::message_priority::high>(route_, session_ended{news, why_, std::move(dialled_)});
  quit();
}

} // namespace troupe::actors
