#include "net/smtp/dot_stuffing.hpp"

#include <cstring>
#include <utility>

namespace troupe::smtp {

namespace {

[[nodiscard]] const char* find(const char* from, const char* to, char what) noexcept {
  const auto* at
    = from == to ? nullptr : std::memchr(from, what, static_cast<std::size_t>(to - from));
  return at ? static_cast<const char*>(at) : to;
}

} // namespace

void dot_stuffer::add(std::string_view bytes, std::string& out) {
  if (bytes.empty())
    return;
  const char* line = bytes.data();
  const char* const end = line + bytes.size();
  if (place_ == place::after_cr) {
    out += "\r\n";
    line += *line == '\n';
    place_ = place::line_start;
  }
  const char* unsent = line;
  const auto send_up_to = [&](const char* to) {
    out.append(unsent, static_cast<std::size_t>(to - unsent));
    unsent = to;
  };
  while (line != end) {
    if (place_ == place::line_start && (*line == '\0' || nuls_ > 0)) {
      send_up_to(line);
      for (; line != end && *line == '\0'; ++line)
        hold_nul(out);
      unsent = line;
      if (line == end)
        return;
      if (nuls_ > 0) {
        out.append(*line == '.' ? 1 : 0, '.');
        out.append(std::exchange(nuls_, 0), '\0');
        place_ = place::within;
      }
    }
    if (place_ == place::line_start && *line == '.') {
      send_up_to(line);
      out += '.';
    }
    const char* const cr = find(line, end, '\r');
    const char* const lf = find(line, cr, '\n');
    if (lf != cr) { // bare LF
      send_up_to(lf);
      out += '\r';
      line = lf + 1;
    } else if (cr == end) {
      place_ = place::within;
      break;
    } else if (cr + 1 == end) {
      send_up_to(cr);
      place_ = place::after_cr;
      return;
    } else if (cr[1] == '\n') {
      line = cr + 2;
    } else { // bare CR
      send_up_to(cr + 1);
      out += '\n';
      line = cr + 1;
    }
    place_ = place::line_start;
  }
  send_up_to(end);
}

void dot_stuffer::hold_nul(std::string& out) {
  if (++nuls_ < nul_run_max)
    return;
  out.append(std::exchange(nuls_, 0), '\0');
  out += "\r\n";
}

void dot_stuffer::end(std::string& out) {
  if (nuls_ > 0) {
    out.append(std::exchange(nuls_, 0), '\0');
    place_ = place::within;
  }
  out += place_ == place::line_start ? ".\r\n" : "\r\n.\r\n";
  place_ = place::line_start;
}

} // namespace troupe::smtp
