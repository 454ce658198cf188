#include "actors/policy/submission_header.hpp"

#include "net/core/address_text.hpp"

#include <algorithm>
#include <utility>

namespace troupe::policy {

namespace {

bool is_name_letter(char c) { return c > ' ' && c <= '~' && c != ':'; }

} // namespace

submission_header::submission_header(std::string date, std::string message_id)
  : date_(std::move(date)), message_id_(std::move(message_id)) {}

/// Of `begun_`. A field that we would add is not missing any more.
submission_header::line_kind submission_header::judge() {
  if (begun_ == "\r")
    return line_kind::undecided;
  if (begun_ == "\r\n")
    return line_kind::end;
  if (begun_.front() == ' ' || begun_.front() == '\t')
    return some_ ? line_kind::field : line_kind::foreign;
  const auto end = std::find_if_not(begun_.begin(), begun_.end(), is_name_letter);
  if (end == begun_.end())
    return begun_.size() < field_name_bytes_max ? line_kind::undecided : line_kind::field;
  // RFC 5322 §4.5 lets white space stand before the colon.
  const auto colon = std::find_if_not(end, begun_.end(), [](char c) { return c == ' ' || c == '\t'; });
  if (colon == begun_.end())
    return begun_.size() < field_name_bytes_max ? line_kind::undecided : line_kind::foreign;
  if (*colon != ':' || end == begun_.begin())
    return line_kind::foreign;
  const std::string_view name{begun_.data(), static_cast<std::size_t>(end - begun_.begin())};
  if (equal_ignoring_case(name, "Date"))
    date_ = {};
  else if (equal_ignoring_case(name, "Message-ID"))
    message_id_ = {};
  return line_kind::field;
}

void submission_header::end_header(std::string& out) {
  out += date_;
  out += message_id_;
  done_ = true;
}

void submission_header::take(std::string_view bytes, std::string& out) {
  while (!bytes.empty() && !done_) {
    if (in_line_) {
      const auto end = bytes.find('\n');
      const auto part = bytes.substr(0, end == bytes.npos ? end : end + 1);
      out += part;
      bytes.remove_prefix(part.size());
      in_line_ = end == std::string_view::npos;
      continue;
    }
    begun_ += bytes.front();
    bytes.remove_prefix(1);
    switch (judge()) {
      case line_kind::undecided: continue;
      case line_kind::field:
        some_ = true;
        in_line_ = true;
        break;
      case line_kind::end: end_header(out); break;
      case line_kind::foreign:
        end_header(out);
        out += "\r\n";
        break;
    }
    out += std::exchange(begun_, {});
  }
  out += bytes;
}

void submission_header::finish(std::string& out) {
  if (done_)
    return;
  if (in_line_)
    out += "\r\n";
  end_header(out);
  if (!begun_.empty())
    out += "\r\n";
  out += std::exchange(begun_, {});
}

} // namespace troupe::policy
