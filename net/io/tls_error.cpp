#include "net/io/tls_error.hpp"

#include <openssl/err.h>

namespace troupe::io {

std::string take_tls_error() {
  const char* data = nullptr;
  int flags = 0;
  const auto code = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags);
  if (code == 0)
    return "unknown error";
  const char* reason = ERR_reason_error_string(code);
  std::string text = reason != nullptr ? reason : "error " + std::to_string(code);
  if ((flags & ERR_TXT_STRING) != 0 && data != nullptr && *data != '\0')
    (text += ": ") += data;
  ERR_clear_error();
  return text;
}

} // namespace troupe::io
