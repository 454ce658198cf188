#include "net/smtp/client_commands.hpp"

#include "net/core/address_text.hpp"

#include <algorithm>

namespace troupe::smtp {

namespace {

[[nodiscard]] bool is_control(char c) noexcept {
  return is_ascii(c) && !is_printable(c);
}

/// RFC 3461 §4; bytes above 127 stay as they are (RFC 6533 §3).
void append_xtext(std::string& out, std::string_view text) {
  constexpr char hex[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || c == '+' || c == '=' || byte == 0x7F) {
      out += '+';
      out += hex[byte >> 4];
      out += hex[byte & 15];
    } else {
      out += c;
    }
  }
}

[[nodiscard]] bool is_address_type(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || c == '-';
  });
}

void append_dsn(std::string& out, const recipient& to, mail_encoding encoding) {
  if (to.notify & notify_never) {
    out += " NOTIFY=NEVER";
  } else if (to.notify != notify_unset) {
    out += " NOTIFY=";
    if (to.notify & notify_success)
      out += "SUCCESS,";
    if (to.notify & notify_failure)
      out += "FAILURE,";
    if (to.notify & notify_delay)
      out += "DELAY,";
    out.pop_back();
  }
  const std::string_view given = to.orcpt;
  const auto semicolon = given.find(';');
  if (semicolon == std::string_view::npos || !is_address_type(given.substr(0, semicolon)))
    return;
  if (encoding == mail_encoding::ascii && !is_all_ascii(given))
    return;
  out += " ORCPT=";
  out += given.substr(0, semicolon + 1);
  append_xtext(out, given.substr(semicolon + 1));
}

} // namespace

void append_mail(std::string& out, const envelope& mail, std::uint64_t body_bytes,
                 mail_encoding encoding, const client_extensions& offers) {
  out += "MAIL FROM:<";
  out += to_string(mail.sender);
  out += '>';
  if (offers.size) {
    out += " SIZE=";
    out += std::to_string(body_bytes);
  }
  if (mail.body == body_type::binary_mime)
    out += " BODY=BINARYMIME";
  else if (mail.body == body_type::eight_bit_mime && offers.eight_bit_mime)
    out += " BODY=8BITMIME";
  if (encoding == mail_encoding::utf8)
    out += " SMTPUTF8";
  if (mail.tls == tls_wish::required && offers.requiretls)
    out += " REQUIRETLS";
  if (offers.dsn) {
    if (mail.ret != dsn_return::unset)
      out += mail.ret == dsn_return::full ? " RET=FULL" : " RET=HDRS";
    if (!mail.envid.empty() && is_all_ascii(mail.envid)) {
      out += " ENVID=";
      append_xtext(out, mail.envid);
    }
  }
  if (offers.mt_priority && mail.priority != 0) {
    out += " MT-PRIORITY=";
    out += std::to_string(std::clamp(mail.priority, -9, 9));
  }
  out += "\r\n";
}

void append_rcpt(std::string& out, const recipient& to, mail_encoding encoding,
                 const client_extensions& offers) {
  out += "RCPT TO:<";
  out += to_string(to.address);
  out += '>';
  if (offers.dsn)
    append_dsn(out, to, encoding);
  out += "\r\n";
}

bool is_safe(const mailbox& who) noexcept {
  return std::ranges::none_of(who.local, is_control) && std::ranges::none_of(who.domain, is_control)
         && who.domain.find_first_of(" <>\"@") == std::string::npos;
}

bool is_all_ascii(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return is_ascii(c); });
}

bool is_all_ascii(const mailbox& who) noexcept {
  return is_all_ascii(who.local) && is_all_ascii(who.domain);
}

} // namespace troupe::smtp
