#include "storage/line_ends.hpp"

namespace troupe::storage {

void lf_lines::take(std::string_view bytes, std::string& to) {
  if (bytes.empty())
    return;
  if (cr_held_ && bytes.front() != '\n')
    to += '\r';
  cr_held_ = bytes.back() == '\r';
  if (cr_held_)
    bytes.remove_suffix(1);
  for (;;) {
    const auto cr = bytes.find('\r');
    if (cr == std::string_view::npos)
      break;
    // Never the last byte: that one was cut off above.
    to += bytes.substr(0, bytes[cr + 1] == '\n' ? cr : cr + 1);
    bytes.remove_prefix(cr + 1);
  }
  to += bytes;
}

void lf_lines::finish(std::string& to) {
  if (cr_held_)
    to += '\r';
  cr_held_ = false;
}

} // namespace troupe::storage
