// Drives a server session with bytes, splits and verdicts that a fuzzer chose, and
// holds it to what its header promises. A reference of its own reads the same bytes
// the slow way and says where each message must end.

#pragma once

#include "net/core/expect.hpp"
#include "net/smtp/server_session.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace troupe::fuzz {

/// Takes choices off the front of the fuzzer's input.
class choices {
public:
  explicit choices(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] unsigned next() {
    if (bytes_.empty())
      return 1;
    const auto one = static_cast<unsigned char>(bytes_[at_++ % bytes_.size()]);
    return one;
  }

private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

class session_driver {
public:
  session_driver(const smtp::session_options& options, choices dice)
    : session_(options, now_), dice_(dice) {
    session_.offer_logins(&offer_);
    session_.offer_claims();
  }

  /// Feeds all of `wire`, then ends the input.
  void run(std::string_view wire) {
    pull();
    while (!wire.empty() && session_.state() != smtp::session_state::closed) {
      TROUPE_EXPECT(session_.room() > 0 && session_.room() <= smtp::body_room_bytes_max);
      const auto size = std::min<std::size_t>({1 + dice_.next() % 64, wire.size(), session_.room()});
      session_.receive(wire.substr(0, size), now_);
      wire.remove_prefix(size);
      // Sometimes the owner is busy, and more comes in before it looks.
      if (dice_.next() % 4 != 0 || wire.empty() || session_.room() == 0)
        pull();
      now_ += milliseconds{dice_.next()};
      session_.tick(now_);
      pull();
    }
    pull();
    session_.end_of_input(now_);
    pull();
    TROUPE_EXPECT(session_.state() == smtp::session_state::closed && hung_up_);
    TROUPE_EXPECT(open_bodies_ == 0 && !login_open_);
  }

  [[nodiscard]] unsigned commits() const { return commits_; }
  [[nodiscard]] const std::string& bodies() const { return bodies_; } ///< Of all commits.

private:
  void pull() {
    while (const auto todo = session_.next()) {
      TROUPE_EXPECT(!hung_up_);
      act(*todo);
    }
  }

  void act(const smtp::server_action& todo) {
    using namespace smtp;
    if (const auto* part = std::get_if<append_body>(&todo)) {
      TROUPE_EXPECT(open_bodies_ == 1 && !part->bytes.empty());
      body_ += part->bytes;
    } else if (std::holds_alternative<discard_body>(todo)) {
      TROUPE_EXPECT(open_bodies_-- == 1);
      body_.clear();
    } else if (std::holds_alternative<login_cancelled>(todo)) {
      TROUPE_EXPECT(std::exchange(login_open_, false));
    } else if (std::holds_alternative<start_tls>(todo)) {
      TROUPE_EXPECT(session_.room() == 0 && !session_.next());
      session_.tls_began(now_);
      TROUPE_EXPECT(session_.is_within_tls() && session_.peer_name().empty());
    } else if (std::holds_alternative<hang_up>(todo)) {
      hung_up_ = true;
    } else if (const auto* asked = std::get_if<ask_commit>(&todo)) {
      TROUPE_EXPECT(open_bodies_ == 1 && asked->body_bytes == body_.size());
      TROUPE_EXPECT(!asked->mail.recipients.empty());
      ++commits_;
      bodies_ += body_ + '\0';
    }
    if (session_.awaits_verdict())
      answer(todo);
  }

  void answer(const smtp::server_action& todo) {
    TROUPE_EXPECT(session_.room() == 0 && !session_.next());
    const auto* login = std::get_if<smtp::ask_login>(&todo);
    if (login) {
      // The first question of a login names its mechanism, and the others do not.
      TROUPE_EXPECT(login->mechanism.empty() == login_open_ && !session_.is_logged_in());
      login_open_ = dice_.next() % 3 == 0;
      if (login_open_)
        return session_.decide(smtp::challenge{"again"}, now_);
    }
    const auto roll = dice_.next() % 16;
    if (roll == 0) {
      session_.decide(smtp::refused{{dice_.next() % 8 == 0 ? 421 : 550, "5.0.0", {"no"}}}, now_);
      return;
    }
    if (std::holds_alternative<smtp::begin_body>(todo))
      ++open_bodies_;
    if (std::holds_alternative<smtp::ask_commit>(todo)) {
      --open_bodies_;
      body_.clear();
    }
    session_.decide(smtp::accepted{}, now_);
  }

  const std::string offer_ = "PLAIN LOGIN";
  steady_time now_{};
  smtp::server_session session_;
  choices dice_;
  std::string body_;
  std::string bodies_;
  int open_bodies_ = 0;
  unsigned commits_ = 0;
  bool hung_up_ = false;
  bool login_open_ = false;
};

} // namespace troupe::fuzz
