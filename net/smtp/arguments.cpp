#include "net/smtp/arguments.hpp"

#include "net/core/address_text.hpp"
#include "net/smtp/command.hpp"
#include "net/smtp/path.hpp"
#include "net/smtp/server_replies.hpp"
#include "net/smtp/xtext.hpp"

#include <algorithm>

namespace troupe::smtp {

namespace {

/// What a parameter came to: nothing, or the reply that refuses it.
using complaint = std::optional<std::string_view>;

/// Parameters that were there already, as bits: none may come twice.
enum seen_bits : unsigned {
  seen_size = 1,
  seen_body = 2,
  seen_ret = 4,
  seen_envid = 8,
  seen_utf8 = 16,
  seen_priority = 32,
  seen_notify = 64,
  seen_orcpt = 128,
  seen_auth = 256,
  seen_requiretls = 512,
};

bool mark(unsigned& seen, seen_bits bit) {
  const bool first = (seen & bit) == 0;
  seen |= bit;
  return first;
}

/// Takes "FROM:" or "TO:" and spaces after it off the start of `args`.
bool take_word(std::string_view& args, std::string_view word) {
  if (!equal_ignoring_case(args.substr(0, word.size()), word))
    return false;
  args.remove_prefix(word.size());
  args.remove_prefix(std::min(args.find_first_not_of(' '), args.size()));
  return true;
}

bool has_foreign_letters(const mailbox& who) {
  return !std::all_of(who.local.begin(), who.local.end(), is_ascii)
         || !std::all_of(who.domain.begin(), who.domain.end(), is_ascii);
}

/// RFC 3461 §4.4: what xtext hides is printable ASCII again.
std::optional<std::string> printable_xtext(std::string_view text) {
  auto plain = decode_xtext(text);
  if (plain && !std::all_of(plain->begin(), plain->end(), is_printable))
    return std::nullopt;
  return plain;
}

/// RFC 4954 §5: who submitted it first, as somebody says. We believe nobody, and pass
/// nothing on.
bool is_submitter(std::string_view value) {
  const auto plain = value.size() <= submitter_bytes_max ? printable_xtext(value) : std::nullopt;
  return plain && (*plain == "<>" || parse_mailbox(*plain));
}

/// RFC 6710 §3: 0, or one digit that is not, with or without a minus.
bool read_priority(std::string_view text, int& priority) {
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative ? 1 : 0);
  if (text.size() != 1 || !is_digit(text.front()) || (negative && text.front() == '0'))
    return false;
  priority = (text.front() - '0') * (negative ? -1 : 1);
  return true;
}

complaint read_mail_parameter(const parameter& one, unsigned& seen, const session_options& options,
                              peer_trust trust, wire by, mail_arguments& into) {
  const auto is = [&](std::string_view name) { return equal_ignoring_case(one.keyword, name); };
  const auto value_is = [&](std::string_view name) { return equal_ignoring_case(*one.value, name); };
  if (is("SMTPUTF8") && options.offers_smtputf8) {
    into.mail.smtputf8 = true;
    return mark(seen, seen_utf8) && !one.value ? complaint{} : replies::bad_parameter_value;
  }
  if (is("REQUIRETLS") && options.offers_requiretls && by == wire::tls) {
    into.mail.tls = tls_wish::required;
    return mark(seen, seen_requiretls) && !one.value ? complaint{} : replies::bad_parameter_value;
  }
  const bool is_auth = is("AUTH") && options.logins != login_use::off;
  const bool known = is("SIZE") || is_auth || is("BODY") || (options.offers_dsn && (is("RET") || is("ENVID")))
                     || (options.offers_mt_priority && trust == peer_trust::trusted
                         && is("MT-PRIORITY"));
  if (!known)
    return replies::unknown_parameter;
  if (!one.value)
    return replies::bad_parameter_value;
  bool good = false;
  if (is("SIZE")) {
    into.declared_bytes = parse_size(*one.value);
    good = mark(seen, seen_size) && into.declared_bytes.has_value();
  } else if (is("BODY")) {
    const bool binary = options.offers_binary_mime && value_is("BINARYMIME");
    into.mail.body = binary                 ? body_type::binary_mime
                     : value_is("8BITMIME") ? body_type::eight_bit_mime
                                            : body_type::seven_bit;
    good = mark(seen, seen_body) && (binary || value_is("8BITMIME") || value_is("7BIT"));
  } else if (is_auth) {
    good = mark(seen, seen_auth) && is_submitter(*one.value);
  } else if (is("RET")) {
    into.mail.ret = value_is("FULL") ? dsn_return::full : dsn_return::headers;
    good = mark(seen, seen_ret) && (value_is("FULL") || value_is("HDRS"));
  } else if (is("ENVID")) {
    auto plain = printable_xtext(*one.value);
    good = mark(seen, seen_envid) && plain && one.value->size() <= envid_bytes_max;
    into.mail.envid = std::move(plain).value_or("");
  } else {
    good = mark(seen, seen_priority) && read_priority(*one.value, into.mail.priority);
  }
  return good ? complaint{} : replies::bad_parameter_value;
}

/// RFC 3461 §4.1: NEVER alone, or a list of the others.
bool read_notify(std::string_view list, std::uint8_t& bits) {
  if (equal_ignoring_case(list, "NEVER")) {
    bits = notify_never;
    return true;
  }
  while (true) {
    const auto comma = list.find(',');
    const auto word = list.substr(0, comma);
    const std::uint8_t bit = equal_ignoring_case(word, "SUCCESS")   ? notify_success
                             : equal_ignoring_case(word, "FAILURE") ? notify_failure
                             : equal_ignoring_case(word, "DELAY")   ? notify_delay
                                                                    : notify_unset;
    if (bit == notify_unset)
      return false;
    bits = static_cast<std::uint8_t>(bits | bit);
    if (comma == std::string_view::npos)
      return true;
    list.remove_prefix(comma + 1);
  }
}

/// RFC 3461 §4.2; the type "utf-8" of RFC 6533 §3 may hold what SMTPUTF8 allows.
bool read_orcpt(std::string_view value, std::string& orcpt) {
  const auto semicolon = value.find(';');
  if (semicolon == std::string_view::npos || value.size() > orcpt_bytes_max)
    return false;
  const auto type = value.substr(0, semicolon);
  const auto address = value.substr(semicolon + 1);
  if (type.empty() || address.empty() || !std::all_of(type.begin(), type.end(), is_atext))
    return false;
  auto plain = printable_xtext(address);
  if (!plain && equal_ignoring_case(type, "utf-8") && address.find_first_of("+=") == address.npos)
    plain = address; // unitext; read_parameter saw that it is UTF-8 without controls
  if (!plain)
    return false;
  ((orcpt = type) += ';') += *plain;
  return true;
}

complaint read_rcpt_parameter(const parameter& one, unsigned& seen, const session_options& options,
                              bool smtputf8, recipient& into) {
  const bool is_notify = equal_ignoring_case(one.keyword, "NOTIFY");
  if (!options.offers_dsn || !(is_notify || equal_ignoring_case(one.keyword, "ORCPT")))
    return replies::unknown_parameter;
  if (!one.value || (!smtputf8 && !std::all_of(one.value->begin(), one.value->end(), is_ascii)))
    return replies::bad_parameter_value;
  const bool good = is_notify ? mark(seen, seen_notify) && read_notify(*one.value, into.notify)
                              : mark(seen, seen_orcpt) && read_orcpt(*one.value, into.orcpt);
  return good ? complaint{} : replies::bad_parameter_value;
}

/// Reads all parameters with `read`, which complains or not.
template <class Read>
complaint read_parameters(std::string_view rest, Read read) {
  for (parameter one;;) {
    switch (read_parameter(rest, one)) {
      case parameter_read::none_left: return {};
      case parameter_read::malformed: return replies::bad_parameter;
      case parameter_read::one: break;
    }
    if (auto wrong = read(one))
      return wrong;
  }
}

utf8 letters_of(const session_options& options) {
  return options.offers_smtputf8 ? utf8::allowed : utf8::refused;
}

} // namespace

std::variant<mail_arguments, bad_arguments> parse_mail_arguments(std::string_view args,
                                                                 const session_options& options,
                                                                 peer_trust trust, wire by) {
  if (!take_word(args, "FROM:"))
    return bad_arguments{replies::mail_syntax};
  auto from = parse_path(args, path_kind::reverse, letters_of(options));
  if (!from)
    return bad_arguments{replies::bad_sender};
  mail_arguments all;
  all.mail.sender = std::move(from->who);
  unsigned seen = 0;
  if (auto wrong = read_parameters(from->rest, [&](const parameter& one) {
        return read_mail_parameter(one, seen, options, trust, by, all);
      }))
    return bad_arguments{*wrong};
  if (!all.mail.smtputf8 && has_foreign_letters(all.mail.sender))
    return bad_arguments{replies::smtputf8_needed}; // RFC 6531 §3.5
  return all;
}

std::variant<recipient, bad_arguments> parse_rcpt_arguments(std::string_view args,
                                                            const envelope& mail,
                                                            const session_options& options) {
  if (!take_word(args, "TO:"))
    return bad_arguments{replies::rcpt_syntax};
  auto to = parse_path(args, path_kind::forward, letters_of(options));
  if (!to)
    return bad_arguments{replies::bad_recipient};
  recipient one;
  one.address = std::move(to->who);
  unsigned seen = 0;
  if (auto wrong = read_parameters(to->rest, [&](const parameter& given) {
        return read_rcpt_parameter(given, seen, options, mail.smtputf8, one);
      }))
    return bad_arguments{*wrong};
  if (!mail.smtputf8 && has_foreign_letters(one.address))
    return bad_arguments{replies::smtputf8_needed};
  return one;
}

} // namespace troupe::smtp
