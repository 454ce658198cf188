// An SMTP reply as words: code, enhanced code and text (RFC 5321 §4.2, RFC 3463).

#pragma once

#include <string>
#include <vector>

namespace troupe {

struct reply {
  int code = 0;                   ///< 0: no reply was had.
  std::string enhanced;           ///< "5.1.1", or empty.
  std::vector<std::string> lines; ///< Without codes and line ends; at least one.

  [[nodiscard]] bool is_positive() const noexcept { return code >= 200 && code < 400; }
  [[nodiscard]] bool is_transient() const noexcept { return code >= 400 && code < 500; }
  [[nodiscard]] bool is_permanent() const noexcept { return code >= 500 && code < 600; }

  friend bool operator==(const reply&, const reply&) = default;
};

/// On one line: "550 5.1.1 No such user".
[[nodiscard]] std::string to_string(const reply& answer);

} // namespace troupe
