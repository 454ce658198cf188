#include "actors/policy/received_header.hpp"

#include "actors/policy/plain_text.hpp"

#include <algorithm>

namespace troupe::policy {

namespace {

constexpr std::size_t tls_word_bytes_max = 80;

/// What may stand where RFC 5321 wants a Domain or a literal, without quotes,
/// comments or white space; everything else in a HELO is '?'.
std::string clean_helo(std::string_view helo) {
  auto text = one_line(helo, domain_bytes_max);
  std::replace_if(
    text.begin(), text.end(),
    [](char c) {
      const bool letter
        = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      return !letter && std::string_view{".-_:[]"}.find(c) == std::string_view::npos;
    },
    '?');
  return text.empty() ? "unknown" : text;
}

/// What names a version or a cipher.
std::string clean_word(std::string_view word) {
  auto text = one_line(word, tls_word_bytes_max);
  std::replace_if(
    text.begin(), text.end(),
    [](char c) {
      const bool letter
        = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      return !letter && std::string_view{".-_"}.find(c) == std::string_view::npos;
    },
    '?');
  return text;
}

} // namespace

std::string with_protocol(const trace_protocol& how) {
  // RFC 3848 knows S and A for ESMTP only, so TLS or AUTH makes it that.
  std::string name = how.smtputf8 ? "UTF8" : "";
  const bool extended = how.extended || how.tls || how.authenticated;
  name += how.lmtp ? "LMTP" : how.smtputf8 ? "SMTP" : extended ? "ESMTP" : "SMTP";
  if (how.tls)
    name += 'S';
  if (how.authenticated)
    name += 'A';
  return name;
}

std::string received_header(const trace& what) {
  std::string field;
  field.reserve(320);
  field += "Received: from ";
  field += clean_helo(what.helo);
  if (what.peer.family == ip_family::none) {
    field += " (unix socket)";
  } else {
    field += " (unknown ";
    field += to_literal(what.peer);
    field += ')';
  }
  field += "\r\n\tby ";
  field += clean_helo(what.hostname);
  field += " with ";
  field += with_protocol(what.protocol);
  field += "\r\n\tid ";
  field += to_string(what.id);
  if (what.only_recipient) {
    field += "\r\n\tfor <";
    field += one_line_utf8(to_string(*what.only_recipient), 2 * domain_bytes_max);
    field += '>';
  }
  if (!what.tls_cipher.empty()) { // RFC 8314 §4.3
    field += "\r\n\ttls ";
    field += clean_word(what.tls_cipher);
    field += " (";
    field += clean_word(what.tls_version);
    field += ')';
  }
  field += ";\r\n\t";
  field += format_rfc5322(what.now);
  field += "\r\n";
  return field;
}

std::string return_path_header(const mailbox& sender) {
  return "Return-Path: <" + one_line_utf8(to_string(sender), 2 * domain_bytes_max) + ">\r\n";
}

std::string client_name(std::string_view helo, const ip_address& peer) {
  return clean_helo(helo) + (peer.family == ip_family::none ? " [unix]" : ' ' + to_literal(peer));
}

} // namespace troupe::policy
