#include "app/sendmail/options.hpp"

#include "net/core/address_text.hpp"

#include <algorithm>

namespace troupe::app {

namespace {

/// Options with a value that follows at once or as the next argument, besides those that
/// we read ourselves: of them nothing is used.
constexpr std::string_view valued_and_idle = "ABDhLMOpX";
/// Options without a value that ask for what we do anyway, or for nothing.
constexpr std::string_view idle = "GmnsU";

error unknown(std::string_view option) {
  return {errc::malformed, "unknown option " + std::string{option} + " (troupe-sendmail --help)"};
}

/// -N never, or a list of success, failure, delay: as it goes behind NOTIFY=.
result<std::string> notify_of(std::string_view given) {
  std::string made;
  for (auto rest = given;;) {
    const auto word = rest.substr(0, rest.find(','));
    std::string_view name;
    for (const std::string_view known : {"NEVER", "SUCCESS", "FAILURE", "DELAY"})
      if (equal_ignoring_case(word, known))
        name = known;
    if (name.empty() || (name == "NEVER" && word.size() != given.size()))
      return error{errc::malformed, "-N is never, or a list of success, failure and delay"};
    (made += made.empty() ? "" : ",") += name;
    if (word.size() == rest.size())
      return made;
    rest.remove_prefix(word.size() + 1);
  }
}

class reader {
public:
  explicit reader(std::span<const std::string> arguments) : left_(arguments) {}

  result<sendmail_options> read(sendmail_mode mode) {
    all_.mode = mode;
    bool options_over = false;
    while (!left_.empty()) {
      const std::string_view one = left_.front();
      left_ = left_.subspan(1);
      if (options_over || one.size() < 2 || one.front() != '-') {
        all_.recipients.emplace_back(one);
      } else if (one == "--") {
        options_over = true;
      } else if (one == "--help") {
        all_.mode = sendmail_mode::help;
      } else if (auto done = read_option(one); !done) {
        return done.error();
      }
    }
    return std::move(all_);
  }

private:
  /// What stands behind the letter, or else the next argument.
  result<std::string> value(std::string_view one) {
    if (one.size() > 2)
      return std::string{one.substr(2)};
    if (left_.empty())
      return error{errc::malformed, std::string{one} + " needs a value"};
    auto next = left_.front();
    left_ = left_.subspan(1);
    return next;
  }

  /// Puts the value into `to`.
  template <class Field>
  status take(std::string_view one, Field& to) {
    auto given = value(one);
    if (!given)
      return given.error();
    to = std::move(*given);
    return {};
  }

  status read_option(std::string_view one) {
    switch (one[1]) {
      case 'b': return read_mode(one);
      case 'o': return read_old_option(one);
      case 'f':
      case 'r': {
        const auto done = take(one, all_.sender);
        if (done && *all_.sender == "<>")
          all_.sender = "";
        return done;
      }
      case 'F': return take(one, all_.full_name);
      case 'V': return take(one, all_.envid);
      case 'C': return take(one, all_.config);
      case 'N': {
        const auto given = value(one);
        auto notify = given ? notify_of(*given) : given;
        if (!notify)
          return notify.error();
        all_.notify = std::move(*notify);
        return {};
      }
      case 'R': {
        const auto given = value(one);
        if (!given)
          return given.error();
        if (!equal_ignoring_case(*given, "full") && !equal_ignoring_case(*given, "hdrs"))
          return error{errc::malformed, "-R is full or hdrs"};
        all_.ret = equal_ignoring_case(*given, "full") ? "FULL" : "HDRS";
        return {};
      }
      default: break;
    }
    if (valued_and_idle.find(one[1]) != one.npos) {
      const auto given = value(one);
      return given ? status{} : status{given.error()};
    }
    return read_letters(one);
  }

  /// "-ti": options without a value may stand together.
  status read_letters(std::string_view one) {
    if (one[1] == 'e' && one.size() <= 3)
      return {}; // -em, -ep: how errors are told
    for (const char letter : one.substr(1)) {
      if (letter == 't')
        all_.recipients_from_header = true;
      else if (letter == 'i')
        all_.dot_ends = false;
      else if (letter == 'v')
        all_.verbose = true;
      else if (idle.find(letter) == idle.npos)
        return unknown(one);
    }
    return {};
  }

  status read_mode(std::string_view one) {
    if (one == "-bm")
      all_.mode = sendmail_mode::send;
    else if (one == "-bs")
      all_.mode = sendmail_mode::speak_smtp;
    else if (one == "-bp")
      all_.mode = sendmail_mode::show_queue;
    else if (one == "-bi")
      all_.mode = sendmail_mode::make_aliases;
    else
      return unknown(one);
    return {};
  }

  /// -oi, and all the others that name a way of working that is not ours.
  status read_old_option(std::string_view one) {
    const auto given = value(one);
    if (!given)
      return given.error();
    if (*given == "i")
      all_.dot_ends = false;
    return {};
  }

  std::span<const std::string> left_;
  sendmail_options all_;
};

} // namespace

result<sendmail_options> parse_sendmail_options(std::string_view name, std::span<const std::string> arguments) {
  const auto slash = name.rfind('/');
  const auto called = slash == name.npos ? name : name.substr(slash + 1);
  return reader{arguments}.read(called == "mailq"        ? sendmail_mode::show_queue
                                : called == "newaliases" ? sendmail_mode::make_aliases
                                                         : sendmail_mode::send);
}

std::string sendmail_help() {
  return R"(troupe-sendmail [OPTIONS] [RECIPIENT...]
Hands the letter on stdin to trouped on this host. Keeps nothing itself: exit 75 means
that the letter was not taken and may be sent again.

  -t          recipients are those of To, Cc and Bcc, and those named; Bcc is taken out
  -i, -oi     a line with only a dot does not end the letter
  -f, -r ADDR envelope sender; "" or "<>" for none  [the user's name]
  -F NAME     full name, where the letter has no From
  -N WHEN     never, or of success,failure,delay: when to be told
  -R WHAT     full or hdrs: how much of the letter comes back with it
  -V ID       envelope id for notices
  -v          shows the SMTP dialogue on stdout
  -C FILE     trouped's configuration, for the names of its sockets
  -bs         speaks SMTP on stdin and stdout
  -bp         shows the queue (as mailq does); for who may administrate
  -bi         nothing: aliases stand in trouped's configuration
  --          what follows are recipients

The socket: $TROUPE_SUBMIT, else the first listener of kind submission with a unix:
address in the configuration as trouped finds it, else /run/troupe/submit.sock.
Exit codes as in sysexits.h: 0 taken, 64 usage, 65 bad letter or address, 67 recipient
refused, 69 refused for good, 75 try again later, 77 not permitted, 78 bad configuration.
)";
}

} // namespace troupe::app
