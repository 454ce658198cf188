#include "actors/password_checker.hpp"

#include <array>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace troupe::actors {

namespace {

/// Dovecot wants the number of a process that no other of its clients has; several of us
/// live in one process.
std::uint32_t client_number() { return static_cast<std::uint32_t>(::gettid()); }

constexpr int niceness = 10;

} // namespace

// The pool hears the answer, and may send the next job, before the mailbox has let go of
// the one that was answered: hence one more.
password_checker::password_checker(caf::actor_config& config, const house& home, std::string path,
                                   milliseconds wait, std::size_t mailbox)
  : base_actor(config, home, {"password_checker", std::move(path), mailbox + 1}), wait_(wait) {}

password_checker_actor::behavior_type password_checker::make_behavior() {
  // Of this thread alone; where it may not be, mail only shares the core with guesses.
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness));
  return {[this](const check_secret& x) { return on_check_secret(x); }};
}

caf::result<secret_checked> password_checker::on_check_secret(const check_secret& x) {
  if (x.kept != nullptr) {
    const bool right = sasl::matches(*x.kept, x.password);
    return secret_checked{right && x.is_real ? secret_verdict::right : secret_verdict::wrong};
  }
  const auto said = ask_dovecot(x);
  if (!said) {
    stream_.close();
    dovecot_.reset();
    return to_caf(said.error());
  }
  switch (*said) {
    case sasl::dovecot_verdict::accepted: return secret_checked{secret_verdict::right};
    case sasl::dovecot_verdict::refused: return secret_checked{secret_verdict::wrong};
    case sasl::dovecot_verdict::temporary: break;
  }
  return to_caf({errc::timed_out, "Dovecot can't tell now"});
}

result<sasl::dovecot_verdict> password_checker::ask_dovecot(const check_secret& x) {
  const auto deadline = steady_now() + wait_;
  // A connection that was idle may be gone: then once more, on a new one.
  for (const bool fresh : {false, true}) {
    if (fresh || !stream_.is_open() || stream_path_ != x.dovecot)
      if (const auto open = open_dovecot(x.dovecot, deadline); !open)
        return open.error();
    auto question = dovecot_->ask({x.user, x.password, x.client_ip});
    const auto sent = stream_.send(question, deadline);
    sasl::wipe(question);
    auto alive = sent;
    while (alive && dovecot_->state() == sasl::dovecot_state::asking)
      alive = read_dovecot(deadline);
    if (const auto verdict = dovecot_->take_verdict())
      return *verdict;
    if (dovecot_->state() == sasl::dovecot_state::broken)
      return error{errc::peer_unreachable, "Dovecot: " + dovecot_->flaw()};
    if (fresh || alive.ok() || alive.error().code == errc::timed_out)
      return error{alive.ok() ? errc::peer_unreachable : alive.error().code,
                   "Dovecot: " + (alive.ok() ? "no verdict" : alive.error().detail)};
  }
  return error{errc::peer_unreachable, "Dovecot"};
}

status password_checker::open_dovecot(const std::string& path, steady_time deadline) {
  auto made = io::local_stream::connect(path, deadline);
  if (!made)
    return error{made.error().code, "Dovecot at " + path + ": " + made.error().detail};
  stream_ = std::move(*made);
  stream_path_ = path;
  dovecot_ = std::make_unique<sasl::dovecot_client>(client_number());
  if (const auto sent = stream_.send(dovecot_->hello(), deadline); !sent)
    return sent;
  while (dovecot_->state() == sasl::dovecot_state::greeting)
    if (const auto read = read_dovecot(deadline); !read)
      return read;
  if (dovecot_->state() == sasl::dovecot_state::broken)
    return error{errc::peer_unreachable, "Dovecot: " + dovecot_->flaw()};
  return {};
}

status password_checker::read_dovecot(steady_time deadline) {
  std::array<char, 4096> bytes;
  const auto got = stream_.receive(bytes, deadline);
  if (!got)
    return got.error();
  dovecot_->receive({bytes.data(), *got});
  return {};
}

} // namespace troupe::actors
