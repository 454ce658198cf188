// A peer that says anything, at any time, cut anywhere, drops and hangs; an owner that
// begins, supplies, fails and quits in any order. Each transaction ends once and whole,
// buffers stay bounded, nothing is delivered without a 2xx, and hang_up is the end.

#include "net/core/expect.hpp"
#include "net/smtp/client_session.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

using namespace troupe;
using namespace troupe::smtp;

namespace {

/// What a peer may say in one byte, so that the fuzzer soon gets past EHLO.
constexpr std::string_view phrases[] = {
  "220 mx\r\n",
  "250 2.0.0 Ok\r\n",
  "354 Go on\r\n",
  "250-mx\r\n250-PIPELINING\r\n250 DSN\r\n",
  "250-mx\r\n250-SIZE 500\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 "
  "BINARYMIME\r\n",
  "250-mx\r\n250 CHUNKING\r\n",
  "250-mx\r\n250 STARTTLS\r\n",
  "550 5.1.1 No\r\n",
  "450 4.2.1 Busy\r\n",
  "421 4.3.2 Bye\r\n",
  "503 5.5.1 What?\r\n",
  "552 Too many\r\n",
  "500 What?\r\n",
  "221 Bye\r\n",
  "250-a\r\n250-b\r\n250 c\r\n",
  "25",
  "0 x\r",
  "\n",
  "\r\n",
};

class play {
public:
  play(const std::uint8_t* data, std::size_t size) : data_(data), end_(data + size) {
    const auto how = byte();
    options_.protocol = how & 1 ? client_protocol::lmtp : client_protocol::smtp;
    options_.pipelining = how & 2 ? pipelining_use::never : pipelining_use::when_offered;
    options_.chunking = static_cast<chunking_use>((how >> 2) % 3);
    session_.emplace(options_, "mx", now_, static_cast<starttls_use>((how >> 4) % 3));
    pull();
  }

  void run() {
    while (data_ != end_)
      step();
    session_->wrote(now_);
    session_->disconnected();
    pull();
    TROUPE_EXPECT(hung_up_ && open_.empty());
  }

private:
  std::uint8_t byte() { return data_ == end_ ? 0 : *data_++; }

  void step() {
    const auto what = byte();
    switch (what & 15) {
      case 0: begin(); break;
      case 1: supply(piece::last); break;
      case 2: supply(piece::more_follow); break;
      case 3:
        session_->wrote(now_);
        writing_ = false;
        break;
      case 4:
        now_ += seconds{byte() * 4};
        session_->tick(now_);
        break;
      case 5:
        if (what == 5)
          session_->quit(now_);
        break;
      case 6:
        if (what == 6)
          session_->disconnected();
        break;
      case 7:
        if (what == 7 && wanted_)
          session_->body_failed(*wanted_);
        if (what == 23)
          session_->tls_started(now_);
        if (what == 39)
          session_->tls_failed("no");
        break;
      case 8: raw(); break;
      default: {
        const auto phrase = phrases[byte() % std::size(phrases)];
        receive(what & 16 ? phrase.substr(0, phrase.size() / 2) : phrase);
        if (what & 16)
          receive(phrase.substr(phrase.size() / 2));
      }
    }
    if (!(what & 128))
      pull();
  }

  void raw() {
    const auto size = std::min<std::size_t>(byte(), static_cast<std::size_t>(end_ - data_));
    receive({reinterpret_cast<const char*>(data_), size});
    data_ += size;
  }

  void receive(std::string_view bytes) {
    for (std::size_t i = 0; i + 1 < bytes.size(); ++i)
      accepted_ |= bytes[i] == '2';
    session_->receive(bytes, now_);
  }

  void begin() {
    if (!session_->can_begin())
      return;
    const auto how = byte();
    transaction what;
    what.token = ++tokens_;
    what.mail.sender = how & 1 ? mailbox{"\xc3\xa9", "a.example"} : mailbox{};
    what.mail.recipients.resize(1 + (how >> 1) % 4,
                                {{"b", "b.example"}, "rfc822;b+c", notify_success});
    if (how & 8)
      what.mail.recipients.back().address.local = "b\r\n";
    what.mail.body = static_cast<body_type>((how >> 4) % 3);
    what.mail.smtputf8 = how & 64;
    what.body = {(how & 128) != 0, (how & 32) != 0, (how & 16) != 0};
    what.body_bytes = how * 4;
    open_[what.token] = what.mail.recipients.size();
    session_->begin(std::move(what), now_);
  }

  void supply(piece which) {
    if (!wanted_)
      return;
    const auto token = *wanted_;
    wanted_.reset();
    session_->supply_body(token, which == piece::last ? ".a\r\n.\r" : "b\n.\r\n", which, now_);
  }

  void pull() {
    while (auto todo = session_->next()) {
      TROUPE_EXPECT(!hung_up_);
      if (const auto* write = std::get_if<write_bytes>(&*todo)) {
        TROUPE_EXPECT(!writing_ && !write->bytes.empty()
                      && write->bytes.size() < command_group_bytes_max);
        // A lone line end of ours would be a hole.
        for (std::size_t i = 0; i < write->bytes.size(); ++i)
          TROUPE_EXPECT(write->bytes[i] != '\n' || i == 0 || write->bytes[i - 1] == '\r'
                        || session_->offers().chunking);
        writing_ = true;
      } else if (const auto* want = std::get_if<want_body>(&*todo)) {
        TROUPE_EXPECT(open_.count(want->token) == 1 && !wanted_);
        wanted_ = want->token;
      } else if (const auto* done = std::get_if<transaction_done>(&*todo)) {
        end(*done);
      } else if (std::holds_alternative<session_failed>(*todo)) {
        TROUPE_EXPECT(!std::exchange(failed_, true));
      } else if (std::holds_alternative<hang_up>(*todo)) {
        hung_up_ = true;
        TROUPE_EXPECT(session_->state() == client_state::closed);
      }
    }
    TROUPE_EXPECT(session_->state() != client_state::closed || hung_up_);
  }

  void end(const transaction_done& done) {
    const auto mail = open_.find(done.token);
    TROUPE_EXPECT(mail != open_.end());
    TROUPE_EXPECT(done.outcomes.size() == (done.attempt == attempt::made ? mail->second : 0));
    for (const auto& one : done.outcomes) {
      TROUPE_EXPECT(one.answer.lines.size() > 0 && one.remote == "mx");
      TROUPE_EXPECT(one.kind != outcome_kind::delivered
                    || (one.remote_said && one.answer.code / 100 == 2 && accepted_));
      TROUPE_EXPECT(one.kind != outcome_kind::failed || one.answer.code / 100 == 5);
    }
    open_.erase(mail);
    if (wanted_ == done.token)
      wanted_.reset();
  }

  const std::uint8_t* data_;
  const std::uint8_t* end_;
  client_options options_;
  steady_time now_{};
  std::optional<client_session> session_;
  std::map<std::uint64_t, std::size_t> open_;
  std::uint64_t tokens_ = 0;
  std::optional<std::uint64_t> wanted_;
  bool writing_ = false;
  bool accepted_ = false;
  bool failed_ = false;
  bool hung_up_ = false;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  play{data, size}.run();
  return 0;
}
