#include "net/smtp/header_watch.hpp"

#include "net/core/address_text.hpp"

#include <algorithm>

namespace troupe::smtp {

namespace {

constexpr std::string_view hop_field = "received:";
constexpr std::string_view tls_field = "tls-required:";

} // namespace

void header_watch::look(std::string_view bytes) noexcept {
  while (!bytes.empty() && position_ != position::in_body) {
    const char c = bytes.front();
    switch (position_) {
      case position::name:
        bytes.remove_prefix(1);
        read_name(c);
        break;
      case position::tls_value:
        bytes.remove_prefix(1);
        read_tls_value(c);
        break;
      case position::rest_of_line: {
        const auto end = bytes.find('\n');
        if (end == std::string_view::npos)
          return;
        bytes.remove_prefix(end + 1);
        position_ = position::name;
        break;
      }
      case position::blank_line:
        position_ = c == '\n' ? position::in_body : position::rest_of_line;
        break;
      case position::in_body: break;
    }
  }
}

void header_watch::read_name(char c) noexcept {
  if (c == '\r' && matched_ == 0) {
    position_ = position::blank_line;
    return;
  }
  if (matched_ == 0)
    may_be_tls_ = to_lower(c) == tls_field.front();
  const auto name = may_be_tls_ ? tls_field : hop_field;
  if (to_lower(c) != name[matched_]) {
    position_ = c == '\n' ? position::name : position::rest_of_line;
    matched_ = 0;
  } else if (++matched_ == name.size()) {
    matched_ = 0;
    position_ = position::rest_of_line;
    if (!may_be_tls_) {
      ++hops_;
      return;
    }
    tls_fields_ = static_cast<std::uint8_t>(std::min(tls_fields_ + 1, 2));
    value_ = tls_value::nothing;
    position_ = position::tls_value;
  }
}

void header_watch::read_tls_value(char c) noexcept {
  if (c == '\n') {
    if (value_ == tls_value::no)
      tls_fields_saying_no_ = static_cast<std::uint8_t>(std::min(tls_fields_saying_no_ + 1, 2));
    position_ = position::name;
    return;
  }
  if (c == ' ' || c == '\t' || c == '\r') {
    if (value_ == tls_value::n)
      value_ = tls_value::other;
    return;
  }
  const char letter = to_lower(c);
  if (value_ == tls_value::nothing && letter == 'n')
    value_ = tls_value::n;
  else if (value_ == tls_value::n && letter == 'o')
    value_ = tls_value::no;
  else
    value_ = tls_value::other;
}

} // namespace troupe::smtp
