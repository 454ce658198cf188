#include "net/authentication/dkim_sign.hpp"

#include "net/core/base64.hpp"
#include "net/core/mailbox.hpp"

#include <algorithm>
#include <array>

namespace troupe::authentication {

namespace {

constexpr std::size_t fold_letters = 72;

// What RFC 6376 §5.4.1 advises: content and authors, and what a reply goes by. Fields
// that relays write (Received, Return-Path) or that mean nothing to a reader stay out.
constexpr std::array<std::string_view, 23> signed_names{
  "from",         "reply-to",          "subject",          "date",
  "to",           "cc",                "message-id",       "in-reply-to",
  "references",   "sender",            "mime-version",     "content-type",
  "content-transfer-encoding",         "content-disposition", "content-id",
  "list-id",      "list-help",         "list-unsubscribe", "list-unsubscribe-post",
  "list-post",    "list-owner",        "list-archive",     "list-subscribe",
};

/// Signed once more than they are there: one that is added breaks the signature.
constexpr std::array<std::string_view, 10> sealed_names{
  "from", "reply-to", "subject", "date", "to", "cc", "message-id", "sender", "mime-version", "content-type"};

} // namespace

std::vector<std::string> names_to_sign(const header_section& header) {
  std::vector<std::string> names;
  for (const auto name : signed_names) {
    const auto count = std::count_if(header.fields.begin(), header.fields.end(),
                                     [&](const auto& field) { return domain_key(field.name) == name; });
    const auto seals = std::count(sealed_names.begin(), sealed_names.end(), name);
    const auto wanted = std::min<std::size_t>(static_cast<std::size_t>(count + seals),
                                              signed_fields_max - names.size());
    names.insert(names.end(), wanted, std::string(name));
  }
  return names;
}

std::string_view algorithm_of(const private_key& key) noexcept {
  return key.kind() == key_kind::rsa ? "rsa-sha256" : "ed25519-sha256";
}

void append_folded(std::string& to, std::string_view text) {
  while (!text.empty()) {
    to += "\r\n\t";
    to += text.substr(0, fold_letters);
    text.remove_prefix(std::min(fold_letters, text.size()));
  }
}

result<std::string> sign_message(const signer& who, const header_section& header,
                                 std::string_view body_hash, wall_time now) {
  return sign_header("DKIM-Signature: v=1; ", who, header, names_to_sign(header), body_hash, now);
}

result<std::string> sign_header(std::string start, const signer& who, const header_section& header,
                                const std::vector<std::string>& names, std::string_view body_hash, wall_time now) {
  auto field = std::move(start);
  field += "a=";
  field += algorithm_of(who.key);
  field += "; c=relaxed/relaxed;\r\n\td=" + who.domain + ";\r\n\ts=" + who.selector + ";\r\n\tt="
           + std::to_string(std::chrono::duration_cast<seconds>(now.time_since_epoch()).count())
           + ";\r\n\th=";
  std::size_t used = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (used + names[i].size() > fold_letters) {
      field += "\r\n\t ";
      used = 0;
    }
    field += names[i];
    field += i + 1 < names.size() ? ":" : ";";
    used += names[i].size() + 1;
  }
  field += "\r\n\tbh=" + encode_base64(body_hash) + ";\r\n\tb=";
  const auto signature
    = who.key.sign(header_digest(header, header.fields.size(), field, names, canonical_form::relaxed));
  if (!signature)
    return signature.error();
  append_folded(field, encode_base64(*signature));
  field += "\r\n";
  return field;
}

std::string key_record(const private_key& key) {
  return std::string("v=DKIM1; k=") + (key.kind() == key_kind::rsa ? "rsa" : "ed25519")
         + "; p=" + key.public_text();
}

} // namespace troupe::authentication
