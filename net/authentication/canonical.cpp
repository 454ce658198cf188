#include "net/authentication/canonical.hpp"

#include "net/core/address_text.hpp"
#include "net/core/header_section.hpp"

#include <algorithm>

namespace troupe::authentication {

namespace {

constexpr std::size_t out_bytes_max = 8 * 1024;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

} // namespace

void append_canonical(std::string& to, std::string_view whole, canonical_form form) {
  if (whole.ends_with('\n'))
    whole.remove_suffix(1);
  if (whole.ends_with('\r'))
    whole.remove_suffix(1);
  if (form == canonical_form::simple) {
    to += whole;
    to += "\r\n";
    return;
  }
  const auto colon = std::min(whole.find(':'), whole.size());
  for (const char c : trimmed(whole.substr(0, colon)))
    to += to_lower(c);
  to += ':';
  bool blank = false;
  for (const char c : trimmed(whole.substr(std::min(colon + 1, whole.size())))) {
    if (is_blank(c)) {
      blank = true;
      continue;
    }
    if (blank)
      to += ' ';
    blank = false;
    to += c;
  }
  to += "\r\n";
}

void body_digest::flush() {
  const auto counted = std::min<std::uint64_t>(out_.size(), left_);
  hash_.take(std::string_view{out_}.substr(0, counted));
  if (left_ != all)
    left_ -= counted;
  unsigned_ += out_.size() - counted;
  out_.clear();
}

void body_digest::put(std::string_view canonical) {
  out_ += canonical;
  if (out_.size() >= out_bytes_max)
    flush();
}

// What was held back stands within the body after all.
void body_digest::begin_text() {
  for (; line_ends_ > 0; --line_ends_)
    put("\r\n");
  if (blank_)
    put(" ");
  blank_ = false;
  any_ = true;
}

void body_digest::take(std::string_view bytes) {
  const bool relaxed = form_ == canonical_form::relaxed;
  const auto is_special = [relaxed](char c) { return c == '\r' || (relaxed && (c == ' ' || c == '\t')); };
  while (!bytes.empty()) {
    if (cr_) {
      cr_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        blank_ = false; // white space at the end of a line
        ++line_ends_;
        continue;
      }
      begin_text();
      put("\r"); // a bare one is a byte like others
    }
    if (is_special(bytes.front())) {
      (bytes.front() == '\r' ? cr_ : blank_) = true;
      bytes.remove_prefix(1);
      continue;
    }
    const auto end = std::find_if(bytes.begin(), bytes.end(), is_special);
    begin_text();
    put(bytes.substr(0, static_cast<std::size_t>(end - bytes.begin())));
    bytes.remove_prefix(static_cast<std::size_t>(end - bytes.begin()));
  }
}

std::string body_digest::finish() {
  if (cr_) {
    begin_text();
    put("\r");
  }
  // §3.4.3: an empty body is one line end; §3.4.4: here it is nothing.
  if (any_ || form_ == canonical_form::simple)
    put("\r\n");
  flush();
  if (left_ == all)
    left_ = 0;
  return hash_.finish();
}

} // namespace troupe::authentication
