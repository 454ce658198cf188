// What sendmail's callers put on its command line: mutt, git, cron, PHP and mailx each have
// a dialect of their own, and none of them reads a manual.

#pragma once

#include "net/core/result.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::app {

enum class sendmail_mode {
  send,         ///< A letter on stdin.
  speak_smtp,   ///< -bs
  show_queue,   ///< -bp, or called mailq
  make_aliases, ///< -bi, or called newaliases: there is nothing to make
  help,
};

struct sendmail_options {
  sendmail_mode mode = sendmail_mode::send;
  bool recipients_from_header = false; ///< -t
  bool dot_ends = true;                ///< Not -i, not -oi.
  bool verbose = false;                ///< -v
  std::optional<std::string> sender;   ///< -f, -r; "" is the null sender.
  std::string full_name;               ///< -F
  std::string notify;                  ///< -N, in RFC 3461's words; or empty.
  std::string ret;                     ///< -R: FULL or HDRS; or empty.
  std::string envid;                   ///< -V
  std::string config;                  ///< -C; or empty.
  std::vector<std::string> recipients;
};

/// Options of other mailers' that change nothing here (-oem, -odb, -B8BITMIME, -O…) are
/// taken. Fails with malformed for what we can't do; detail is one line for the user.
/// @param name as the program was called, path and all
[[nodiscard]] result<sendmail_options> parse_sendmail_options(std::string_view name,
                                                              std::span<const std::string> arguments);

[[nodiscard]] std::string sendmail_help();

} // namespace troupe::app
