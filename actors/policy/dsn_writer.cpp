#include "actors/policy/dsn_writer.hpp"

#include "actors/policy/dsn_original.hpp"
#include "actors/policy/header_field.hpp"
#include "actors/policy/plain_text.hpp"
#include "actors/policy/status_code.hpp"
#include "net/core/expect.hpp"

#include <algorithm>

namespace troupe::policy {

namespace {

constexpr std::size_t address_bytes_shown = 512;
constexpr std::size_t text_bytes_shown = 900; ///< Of a reply or an envelope id.

std::string address_text(const mailbox& who) {
  return one_line_utf8(to_string(who), address_bytes_shown);
}

/// RFC 3464 §2.1.2, RFC 6533 §3: the type says how the address is to be read.
std::string typed_address(const mailbox& who) {
  const auto text = address_text(who);
  return (is_ascii(text) ? "rfc822; " : "utf-8; ") + text;
}

std::string node_name(std::string_view hostname) {
  auto name = one_line(hostname, domain_bytes_max);
  std::replace_if(
    name.begin(), name.end(), [](char c) { return c == ' ' || c == '<' || c == '>' || c == '@'; },
    '?');
  return name.empty() ? "localhost" : name;
}

std::string_view subject(notice_cause cause) noexcept {
  switch (cause) {
    case notice_cause::failed:
    case notice_cause::expired: return "Your message could not be delivered";
    case notice_cause::delayed: return "Your message is delayed";
    case notice_cause::success: return "Your message was delivered";
  }
  return {};
}

std::string_view opening(notice_cause cause) noexcept {
  switch (cause) {
    case notice_cause::failed: return "could not be delivered to:";
    case notice_cause::expired:
      return "could not be delivered in time, and will not be tried again for:";
    case notice_cause::delayed:
      return "is still waiting to be delivered to the recipients below.\r\n"
             "Nothing needs to be done: it will be tried again.";
    case notice_cause::success: return "was handed over for:";
  }
  return {};
}

/// Text of any origin as paragraph lines: never a line above the bound.
void append_words(std::string& out, std::string_view indent, std::string_view text) {
  std::string line{indent};
  while (!text.empty()) {
    const auto space = text.find(' ');
    const auto word = text.substr(0, space);
    text.remove_prefix(space == text.npos ? text.size() : space + 1);
    if (line.size() > indent.size() && line.size() + 1 + word.size() > field_line_bytes_wanted) {
      out += line + "\r\n";
      line = indent;
    }
    if (line.size() > indent.size())
      line += ' ';
    line += word;
  }
  out += line + "\r\n";
}

std::string readable_part(const notice& what, const dsn_options& options, const std::string& host) {
  const auto postmaster = one_line(options.postmaster, address_bytes_shown);
  const auto contact
    = postmaster.find('@') == postmaster.npos ? postmaster + '@' + host : postmaster;
  std::string text = "This is the mail system at " + host + ".\r\n\r\nYour message of "
                     + format_rfc5322(what.received) + "\r\n" + std::string{opening(what.cause)}
                     + "\r\n\r\n";
  const auto shown = std::min(what.recipients.size(), dsn_recipients_shown_max);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& each = what.recipients[i];
    text += "  <" + address_text(each.to.address) + ">\r\n";
    if (!each.reason.empty())
      append_words(text, "    ", one_line(each.reason, text_bytes_shown));
    if (each.action == dsn_action::relayed)
      append_words(text, "    ",
                   "It was passed to a host that sends no confirmations; you may hear no more.");
    text += "\r\n";
  }
  if (shown < what.recipients.size())
    text += "  and " + std::to_string(what.recipients.size() - shown) + " more.\r\n\r\n";
  if (what.cause == notice_cause::delayed)
    text += "It will be given up at " + format_rfc5322(what.gives_up_at) + ".\r\n\r\n";
  text += "For help, write to " + contact + " and quote " + to_string(what.about) + ".\r\n";
  return text;
}

/// "mx.example.net [192.0.2.1]:25" without the port: the name, or else the address.
std::string remote_name(std::string_view remote) {
  auto name = one_line(remote, domain_bytes_max);
  name.resize(std::min(name.find(' '), name.size()));
  if (name.starts_with('['))
    name.resize(std::min(name.find(']') + 1, name.size()));
  return name;
}

void append_status_of(std::string& out, const notice& what, const notice_recipient& each) {
  const auto orcpt = one_line_utf8(each.to.orcpt, text_bytes_shown);
  if (const auto type_end = orcpt.find(';'); type_end != orcpt.npos && type_end > 0)
    append_field(out, "Original-Recipient", orcpt);
  append_field(out, "Final-Recipient", typed_address(each.to.address));
  append_field(out, "Action", to_string(each.action));
  append_field(out, "Status", each.status);
  // RFC 3464 §2.3.5 and §2.3.6: only what a remote said, never words of our own.
  if (const auto said = one_line(each.diagnostic, text_bytes_shown); !said.empty()) {
    if (const auto name = remote_name(each.remote); !name.empty())
      append_field(out, "Remote-MTA", "dns; " + name);
    append_field(out, "Diagnostic-Code", "smtp; " + said);
  }
  if (each.last_attempt != wall_time{})
    append_field(out, "Last-Attempt-Date", format_rfc5322(each.last_attempt));
  if (each.action == dsn_action::delayed)
    append_field(out, "Will-Retry-Until", format_rfc5322(what.gives_up_at));
}

std::string status_part(const notice& what, const std::string& host) {
  std::string part;
  part.reserve(256 + 384 * what.recipients.size());
  if (const auto envid = one_line(what.envid, text_bytes_shown); !envid.empty())
    append_field(part, "Original-Envelope-Id", envid);
  append_field(part, "Reporting-MTA", "dns; " + host);
  append_field(part, "Arrival-Date", format_rfc5322(what.received));
  for (const auto& each : what.recipients) {
    part += "\r\n";
    append_status_of(part, what, each);
  }
  return part;
}

std::string text_part_head(std::string_view description, std::string_view type, bool eight_bit) {
  return "Content-Description: " + std::string{description}
         + "\r\nContent-Type: " + std::string{type}
         + "\r\nContent-Transfer-Encoding: " + (eight_bit ? "8bit" : "7bit") + "\r\n\r\n";
}

/// One that stands in none of the parts. Ends: each try differs, and the parts are finite.
std::string boundary_beside(const std::string& parts, message_id id) {
  for (unsigned long attempt = 0;; ++attempt) {
    auto boundary = "=_" + to_string(id) + '.' + std::to_string(attempt);
    if (parts.find(boundary) == parts.npos)
      return boundary;
  }
}

} // namespace

written_notice write_dsn(const notice& what, const dsn_options& options,
                         const dsn_original& original, message_id id, wall_time now) {
  TROUPE_EXPECT(!what.to.is_null() && !what.recipients.empty());
  const auto host = node_name(options.hostname);
  const auto readable = readable_part(what, options, host);
  const auto statuses = status_part(what, host);
  const auto returned = return_original(what, original);
  const auto to = address_text(what.to);
  const bool global = !is_ascii(statuses);
  const bool eight_bit = global || !is_ascii(to) || !is_ascii(readable) || returned.eight_bit;
  const auto first
    = text_part_head("Notification", "text/plain; charset=utf-8", !is_ascii(readable));
  const auto second
    = text_part_head("Delivery report",
                     global ? "message/global-delivery-status" : "message/delivery-status", global);
  const auto boundary = boundary_beside(first + readable + second + statuses + returned.bytes, id);

  written_notice written;
  auto& out = written.bytes;
  out.reserve(1024 + readable.size() + statuses.size() + returned.bytes.size());
  append_field(out, "Date", format_rfc5322(now));
  append_field(out, "From", "Mail Delivery System <MAILER-DAEMON@" + host + '>');
  append_field(out, "To", '<' + to + '>');
  append_field(out, "Subject", subject(what.cause));
  append_field(out, "Message-ID", '<' + to_string(id) + '@' + host + '>');
  append_field(out, "Auto-Submitted", "auto-replied");
  append_field(out, "MIME-Version", "1.0");
  append_field(out, "Content-Type",
               "multipart/report; report-type="
                 + std::string{global ? "global-delivery-status" : "delivery-status"}
                 + "; boundary=\"" + boundary + '"');
  append_field(out, "Content-Transfer-Encoding", eight_bit ? "8bit" : "7bit");
  out += "\r\nThis is a delivery report in MIME format.\r\n";
  const auto append_part = [&out, &boundary](std::string_view head, std::string_view body) {
    out.append("\r\n--").append(boundary).append("\r\n").append(head).append(body);
  };
  append_part(first, readable);
  append_part(second, statuses);
  append_part(returned.bytes, {});
  out.append("\r\n--").append(boundary).append("--\r\n");

  recipient told;
  told.address = what.to;
  told.notify = notify_never; // RFC 3461 §6.1
  written.mail.recipients.push_back(std::move(told));
  written.mail.body = eight_bit ? body_type::eight_bit_mime : body_type::seven_bit;
  // Asked for only where the addressing needs it: a sender's host without the
  // extension could not take the notice at all.
  written.mail.smtputf8 = !is_ascii(to);
  written.mail.priority = what.priority;
  if (what.tls == tls_wish::required)
    written.mail.tls = what.tls;
  return written;
}

} // namespace troupe::policy
