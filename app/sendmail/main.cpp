// troupe-sendmail: the sendmail command. Hands letters to the daemon of this host and
// keeps nothing.

#include "app/config/load_config.hpp"
#include "app/exit_code.hpp"
#include "app/sendmail/letter.hpp"
#include "app/sendmail/options.hpp"
#include "app/sendmail/queue_list.hpp"
#include "app/sendmail/submission.hpp"
#include "app/troupectl/call.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <random>

namespace troupe::app {

namespace {

constexpr const char* usual_socket = "/run/troupe/submit.sock";

/// Who calls.
struct caller_name {
  std::string login;
  std::string full_name;
};

caller_name name_of_caller() {
  const passwd* entry = ::getpwuid(::getuid());
  if (entry == nullptr)
    return {"uid" + std::to_string(::getuid()), {}};
  const std::string gecos = entry->pw_gecos == nullptr ? "" : entry->pw_gecos;
  return {entry->pw_name, gecos.substr(0, gecos.find(','))};
}

/// Also of a configuration that is wrong elsewhere, or that only the daemon may use: what
/// can be read of it says where the daemon listens.
loaded_config configuration(const sendmail_options& options) {
  return load_config(options.config.empty() ? std::nullopt : std::optional{options.config});
}

std::string submission_socket(const sendmail_options& options) {
  // Nobody changes our environment.
  if (const char* named = std::getenv("TROUPE_SUBMIT"); named != nullptr && *named != '\0' && options.config.empty())
    return named;
  const auto loaded = configuration(options);
  const bool is_sure = loaded.parsed.ok() && !loaded.file.empty();
  for (const auto& each : loaded.parsed.value.listeners)
    if (each.kind == listener_kind::submission && each.address.is_unix()
        && (is_sure || ::access(each.address.path.c_str(), F_OK) == 0))
      return each.address.path;
  if (!loaded.parsed.ok() && !options.config.empty())
    throw submission_failure{exit_bad_config, to_string(loaded.parsed.errors.front())};
  return usual_socket;
}

std::string read_letter(bool dot_ends) {
  std::string text;
  std::array<char, 64 * 1024> some{};
  for (;;) {
    const auto got = ::read(STDIN_FILENO, some.data(), some.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      throw submission_failure{exit_internal, "the letter can't be read"};
    if (got == 0)
      return dot_ends ? std::string{before_final_dot(text)} : text;
    text.append(some.data(), static_cast<std::size_t>(got));
    if (text.size() > letter_bytes_max)
      throw submission_failure{exit_bad_data, "the letter is longer than 256 MiB"};
    // A person at a terminal ends with a dot, not with the end of the file.
    if (dot_ends && ::isatty(STDIN_FILENO) == 1) {
      const auto whole = before_final_dot(text);
      if (whole.size() < text.size())
        return std::string{whole};
    }
  }
}

std::string fresh_message_id(const std::string& hostname) {
  constexpr std::string_view letters = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::random_device dice;
  std::string id{'<'};
  for (int n = 0; n < 24; ++n)
    id += letters[dice() % letters.size()];
  return id + '@' + hostname + '>';
}

/// xtext of RFC 3461 §4.
std::string as_xtext(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string made;
  for (const char c : text) {
    const auto value = static_cast<unsigned char>(c);
    if (c > ' ' && c <= '~' && c != '+' && c != '=')
      made += c;
    else
      ((made += '+') += digits[value >> 4]) += digits[value & 15];
  }
  return made;
}

mailbox address_of(const std::string& text, const std::string& hostname) {
  const bool local = text.find('@') == text.npos;
  auto parsed = parse_mailbox(local ? text + '@' + hostname : text, utf8::allowed);
  if (!parsed)
    throw submission_failure{exit_bad_data, "\"" + text + "\" is no address"};
  return std::move(*parsed);
}

void send_letter(const sendmail_options& options) {
  if (options.recipients.empty() && !options.recipients_from_header)
    throw submission_failure{exit_usage, "to whom? (name recipients, or -t)"};
  const auto raw = read_letter(options.dot_ends);
  submission daemon(submission_socket(options), options.verbose ? &std::cout : nullptr);
  daemon.greet();
  const auto& hostname = daemon.hostname();
  const auto who = name_of_caller();

  submission::parameters how;
  const auto sender = options.sender.value_or(who.login);
  if (!sender.empty())
    how.sender = address_of(sender, hostname);
  how.notify = options.notify;
  how.ret = options.ret;
  how.envid = as_xtext(options.envid);

  letter_wishes wishes;
  wishes.recipients_from_header = options.recipients_from_header;
  const auto author = to_string(how.sender.is_null() ? address_of(who.login, hostname) : how.sender);
  const bool own = !options.sender;
  wishes.from = from_field(!options.full_name.empty() ? options.full_name : own ? who.full_name : "", author);
  wishes.date = format_rfc5322(wall_now());
  wishes.message_id = fresh_message_id(hostname);
  auto made = make_letter(raw, wishes);
  if (!made)
    throw submission_failure{exit_bad_data, made.error().detail};

  for (const auto& each : options.recipients)
    how.recipients.push_back(address_of(each, hostname));
  for (auto& each : made->recipients)
    how.recipients.push_back(each.domain.empty() ? mailbox{each.local, hostname} : std::move(each));
  if (how.recipients.empty())
    throw submission_failure{exit_usage, "the letter names no recipient"};
  daemon.hand_in(*made, how);
}

void show_queue(const sendmail_options& options) {
  if (const char* named = std::getenv("TROUPE_SOCKET"); named != nullptr && *named != '\0' && options.config.empty())
    return print_mail_queue(std::cout, named);
  const auto loaded = configuration(options);
  const auto& socket = loaded.parsed.value.admin.socket;
  if (!loaded.parsed.ok() && ::access(socket.c_str(), F_OK) != 0 && errno == ENOENT)
    throw submission_failure{exit_bad_config, to_string(loaded.parsed.errors.front())};
  print_mail_queue(std::cout, socket);
}

void act(const sendmail_options& options) {
  switch (options.mode) {
    case sendmail_mode::send: return send_letter(options);
    case sendmail_mode::speak_smtp:
      return submission{submission_socket(options), nullptr}.pass_through(STDIN_FILENO, STDOUT_FILENO);
    case sendmail_mode::show_queue: return show_queue(options);
    case sendmail_mode::make_aliases: return;
    case sendmail_mode::help: std::cout << sendmail_help(); return;
  }
}

int run(std::string_view name, const std::vector<std::string>& arguments) {
  const auto complain = [](const std::string& what, int code) {
    std::cerr << "troupe-sendmail: " << what << '\n';
    return code;
  };
  const auto options = parse_sendmail_options(name, arguments);
  if (!options)
    return complain(options.error().detail, exit_usage);
  try {
    act(*options);
  } catch (const submission_failure& why) {
    return complain(why.what, why.code);
  } catch (const failure& why) {
    return complain(why.what, why.code);
  }
  return exit_ok;
}

} // namespace

} // namespace troupe::app

int main(int argc, char** argv) {
  return troupe::app::run(argc > 0 ? argv[0] : "", {argv + 1, argv + argc});
}
