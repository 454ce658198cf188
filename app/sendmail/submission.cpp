#include "app/sendmail/submission.hpp"

#include "app/exit_code.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ostream>

namespace troupe::app {

namespace {

constexpr std::size_t reply_bytes_max = 64 * 1024;

int exit_for(const std::string& reply, int when_permanent) {
  return reply.starts_with('4') ? exit_temporary : when_permanent;
}

bool is_foreign(const mailbox& who) {
  const auto text = to_string(who);
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

} // namespace

submission::submission(const std::string& socket, std::ostream* show) : show_(show) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  if (socket.size() >= sizeof where.sun_path)
    throw submission_failure{exit_bad_config, "the path of the socket is too long: " + socket};
  std::copy(socket.begin(), socket.end(), where.sun_path);
  descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0 || ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
    const std::string why = std::strerror(errno);
    if (descriptor_ >= 0)
      ::close(descriptor_);
    throw submission_failure{exit_temporary, "nobody takes mail at " + socket + ": " + why};
  }
}

submission::~submission() { ::close(descriptor_); }

void submission::greet() {
  const auto banner = read_reply();
  if (!banner.starts_with("220 "))
    throw submission_failure{exit_for(banner, exit_unavailable), "refused: " + banner};
  hostname_ = banner.substr(4, banner.find(' ', 4) - 4);
  say("EHLO localhost");
  expect('2', exit_unavailable);
}

void submission::hand_in(const letter& what, const parameters& how) {
  const bool utf8 = what.utf8_header || is_foreign(how.sender)
                    || std::any_of(how.recipients.begin(), how.recipients.end(), is_foreign);
  std::string line = "MAIL FROM:<" + to_string(how.sender) + '>';
  line += what.eight_bit ? " BODY=8BITMIME" : "";
  line += utf8 ? " SMTPUTF8" : "";
  line += how.ret.empty() ? "" : " RET=" + how.ret;
  line += how.envid.empty() ? "" : " ENVID=" + how.envid;
  say(line);
  expect('2', exit_bad_data);
  for (const auto& each : how.recipients) {
    say("RCPT TO:<" + to_string(each) + '>' + (how.notify.empty() ? "" : " NOTIFY=" + how.notify));
    expect('2', exit_no_user);
  }
  say("DATA");
  expect('3', exit_unavailable);
  // In pieces: a second copy of a large letter would be one too many.
  for (std::string_view rest = what.text; !rest.empty();) {
    const auto line_end = rest.find("\r\n.");
    const auto piece = rest.substr(0, line_end == rest.npos ? rest.npos : line_end + 2);
    if (piece.starts_with('.'))
      write(".");
    write(piece);
    rest.remove_prefix(piece.size());
  }
  write(".\r\n");
  expect('2', exit_unavailable);
  say("QUIT");
}

void submission::say(const std::string& line) {
  if (show_)
    *show_ << ">>> " << line << '\n';
  write(line + "\r\n");
}

/// Throws with the reply as the reason where it begins otherwise.
void submission::expect(char first_digit, int refusal_code) {
  const auto reply = read_reply();
  if (!reply.starts_with(first_digit))
    throw submission_failure{exit_for(reply, refusal_code), "refused: " + reply};
}

void submission::wait_for(short events) {
  pollfd one{descriptor_, events, 0};
  int ready = 0;
  do
    ready = ::poll(&one, 1, static_cast<int>(submission_wait_max.count()));
  while (ready < 0 && errno == EINTR);
  if (ready <= 0)
    throw submission_failure{exit_temporary, "the daemon does not answer"};
}

void submission::write(std::string_view bytes) {
  while (!bytes.empty()) {
    wait_for(POLLOUT);
    const auto put = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0 && errno != EAGAIN && errno != EINTR)
      return; // what the daemon said before it hung up is read next, and tells more
    bytes.remove_prefix(put > 0 ? static_cast<std::size_t>(put) : 0);
  }
}

/// Its last line, without the CRLF.
std::string submission::read_reply() {
  for (;;) {
    const auto end = unread_.find("\r\n");
    if (end != unread_.npos) {
      auto line = unread_.substr(0, end);
      unread_.erase(0, end + 2);
      if (show_)
        *show_ << line << '\n';
      if (line.size() < 4 || line[3] != '-')
        return line;
      continue;
    }
    if (unread_.size() > reply_bytes_max)
      throw submission_failure{exit_temporary, "the daemon's answer has no end"};
    wait_for(POLLIN);
    std::array<char, 4096> some{};
    const auto got = ::recv(descriptor_, some.data(), some.size(), 0);
    if (got <= 0)
      throw submission_failure{exit_temporary, "the daemon hung up"};
    unread_.append(some.data(), static_cast<std::size_t>(got));
  }
}

void submission::pass_through(int in, int out) {
  std::array<char, 16 * 1024> some{};
  bool in_open = true;
  for (;;) {
    std::array<pollfd, 2> both{pollfd{descriptor_, POLLIN, 0}, pollfd{in_open ? in : -1, POLLIN, 0}};
    if (::poll(both.data(), both.size(), -1) < 0 && errno != EINTR) // the daemon has the deadlines
      throw submission_failure{exit_internal, std::strerror(errno)};
    if (both[0].revents != 0) {
      const auto got = ::recv(descriptor_, some.data(), some.size(), 0);
      if (got <= 0)
        return;
      for (std::string_view rest{some.data(), static_cast<std::size_t>(got)}; !rest.empty();) {
        const auto put = ::write(out, rest.data(), rest.size());
        if (put < 0 && errno != EINTR)
          return;
        rest.remove_prefix(put > 0 ? static_cast<std::size_t>(put) : 0);
      }
    }
    if (both[1].revents != 0) {
      const auto got = ::read(in, some.data(), some.size());
      in_open = got > 0;
      if (in_open)
        write({some.data(), static_cast<std::size_t>(got)});
      else
        ::shutdown(descriptor_, SHUT_WR);
    }
  }
}

} // namespace troupe::app
