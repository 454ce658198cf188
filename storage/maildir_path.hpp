// From "maildir:/srv/mail/{domain}/{user}" and a mailbox to a folder, safely: no
// mailbox can name a folder outside the template, and no two share one, except that
// letters fold to lower case (as Postfix and Dovecot do). +detail stays.

#pragma once

#include "net/core/mailbox.hpp"
#include "net/core/result.hpp"

#include <string>
#include <string_view>

namespace troupe::storage {

/// NAME_MAX of the file systems we know.
inline constexpr std::size_t folder_name_bytes_max = 255;

/// One path component: ASCII lower case; '/', '%', control characters and a leading
/// dot become %XX. Fails with malformed (empty) or limit_exceeded.
[[nodiscard]] result<std::string> safe_folder_name(std::string_view name);

/// A checked template.
class maildir_path {
public:
  /// `text` with or without "maildir:"; an absolute or relative path in which {user}
  /// and {domain} may stand. Fails with malformed, and says what is wrong.
  [[nodiscard]] static result<maildir_path> parse(std::string_view text);

  /// Fails with malformed or limit_exceeded: then no retry will help.
  [[nodiscard]] result<std::string> folder_of(const mailbox& who) const;

private:
  explicit maildir_path(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

} // namespace troupe::storage
