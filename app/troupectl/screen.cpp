#include "app/troupectl/screen.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string_view>

namespace troupe::app {

namespace {

// The other page of the terminal, without a cursor; and back.
constexpr std::string_view enter_page = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view leave_page = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view go_home = "\x1b[H";
constexpr std::string_view clear_line_end = "\x1b[K";
constexpr std::string_view clear_below = "\x1b[J";
constexpr char ctrl_c = 3, ctrl_d = 4;
constexpr std::array ending_signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

volatile std::sig_atomic_t asked_to_end = 0;

void note_end(int) { asked_to_end = 1; }
void note_nothing(int) {}

void handle(int which, void (*by)(int)) {
  struct sigaction action {};
  action.sa_handler = by; // without SA_RESTART: a wait ends at once
  ::sigaction(which, &action, nullptr);
}

void write_all(std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(STDOUT_FILENO, text.data(), text.size());
    if (count <= 0)
      return; // whoever read it is gone; the next wait ends
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

} // namespace

std::optional<screen> screen::open() {
  termios before{};
  if (::isatty(STDOUT_FILENO) == 0 || ::tcgetattr(STDIN_FILENO, &before) != 0)
    return std::nullopt;
  return screen(before);
}

screen::screen(const termios& before) : before_(before) {
  for (const int each : ending_signals)
    handle(each, note_end);
  handle(SIGWINCH, note_nothing);
  auto keys = before;
  // Ctrl-C comes as a byte, so that it can't end us before the terminal is as it was.
  keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
  keys.c_cc[VMIN] = 0;
  keys.c_cc[VTIME] = 0;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &keys);
  write_all(enter_page);
}

screen::~screen() {
  if (!owns_)
    return;
  write_all(leave_page);
  ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

screen_size screen::size() const {
  winsize window{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0)
    return {};
  return {window.ws_col, window.ws_row};
}

void screen::show(const std::vector<std::string>& lines) const {
  std::string all(go_home);
  for (std::size_t i = 0; i < lines.size(); ++i)
    all.append(i == 0 ? "" : "\r\n").append(lines[i]).append(clear_line_end);
  all.append(clear_below);
  write_all(all);
}

bool screen::wants_to_leave(int wait_ms) const {
  pollfd keys{STDIN_FILENO, POLLIN, 0};
  if (asked_to_end == 0 && ::poll(&keys, 1, wait_ms) > 0) {
    std::array<char, 64> typed{};
    const auto count = ::read(STDIN_FILENO, typed.data(), typed.size());
    if (count <= 0)
      return true; // the terminal is gone
    for (const char c : std::string_view(typed.data(), static_cast<std::size_t>(count)))
      if (c == 'q' || c == 'Q' || c == ctrl_c || c == ctrl_d)
        return true;
  }
  return asked_to_end != 0;
}

} // namespace troupe::app
