#include "actors/filter_envelope.hpp"

#include "net/core/address_text.hpp"
#include "net/smtp/arguments.hpp"
#include "net/smtp/client_commands.hpp"

#include <algorithm>
#include <variant>

namespace troupe::actors {

namespace {

/// Filters say "<ann@example.org>" or "ann@example.org".
std::string in_brackets(const std::string& address) {
  const bool given = address.starts_with('<') && address.ends_with('>');
  return given ? address : '<' + address + '>';
}

bool same_address(const mailbox& a, const mailbox& b) {
  return a.local == b.local && domain_key(a.domain) == domain_key(b.domain);
}

class changer {
public:
  changer(envelope& mail, std::size_t recipients_max) : mail_(mail), recipients_max_(recipients_max) {}

  void operator()(const milter::recipient_added& x) {
    envelope any;
    any.smtputf8 = true;
    const auto read = smtp::parse_rcpt_arguments("TO:" + in_brackets(x.address) + words(x.parameters), any, options_);
    const auto* made = std::get_if<recipient>(&read);
    if (made == nullptr)
      return complain("adds no address");
    if (std::ranges::any_of(mail_.recipients,
                            [&](const auto& each) { return same_address(each.address, made->address); }))
      return;
    if (mail_.recipients.size() >= recipients_max_)
      return complain("adds a recipient too many");
    mail_.smtputf8 = mail_.smtputf8 || !smtp::is_all_ascii(made->address);
    mail_.recipients.push_back(*made);
  }

  void operator()(const milter::recipient_deleted& x) {
    envelope any;
    any.smtputf8 = true;
    const auto read = smtp::parse_rcpt_arguments("TO:" + in_brackets(x.address), any, options_);
    if (const auto* gone = std::get_if<recipient>(&read))
      std::erase_if(mail_.recipients,
                    [&](const auto& each) { return same_address(each.address, gone->address); });
    else
      complain("deletes no address");
  }

  void operator()(const milter::sender_changed& x) {
    const auto utf8 = is_plain(x.address) ? std::string{} : std::string{" SMTPUTF8"};
    const auto read = smtp::parse_mail_arguments("FROM:" + in_brackets(x.address) + utf8 + words(x.parameters),
                                                 options_, smtp::peer_trust::trusted);
    const auto* made = std::get_if<smtp::mail_arguments>(&read);
    if (made == nullptr)
      return complain("names no sender");
    mail_.sender = made->mail.sender;
    mail_.smtputf8 = mail_.smtputf8 || made->mail.smtputf8;
    if (made->mail.ret != dsn_return::unset)
      mail_.ret = made->mail.ret;
    if (!made->mail.envid.empty())
      mail_.envid = made->mail.envid;
  }

  // The header and the body are not the envelope's.
  void operator()(const milter::field_added&) {}
  void operator()(const milter::field_inserted&) {}
  void operator()(const milter::field_changed&) {}
  void operator()(const milter::body_replaced&) {}
  void operator()(const milter::quarantined&) {}

  std::vector<std::string> complaints;

private:
  static bool is_plain(const std::string& text) { return std::ranges::all_of(text, is_ascii); }
  static std::string words(const std::string& parameters) {
    return parameters.empty() ? std::string{} : ' ' + parameters;
  }
  void complain(const char* what) {
    constexpr std::size_t complaints_max = 20;
    if (complaints.size() < complaints_max)
      complaints.emplace_back(what);
  }

  envelope& mail_;
  const std::size_t recipients_max_;
  const smtp::session_options options_;
};

/// What `line` has after the path, as words.
std::vector<std::string> split(const std::string& line, std::string path, std::size_t prefix) {
  std::vector<std::string> words;
  auto rest = std::string_view(line).substr(prefix + path.size());
  words.push_back(std::move(path));
  while (!rest.empty()) {
    const auto begin = rest.find_first_not_of(" \r\n");
    if (begin == rest.npos)
      break;
    rest.remove_prefix(begin);
    const auto end = std::min(rest.find_first_of(" \r\n"), rest.size());
    words.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  return words;
}

} // namespace

std::vector<std::string> change_envelope(envelope& mail, const std::vector<milter::change>& all,
                                         std::size_t recipients_max) {
  changer make(mail, recipients_max);
  for (const auto& each : all)
    std::visit(make, each);
  return std::move(make.complaints);
}

std::vector<std::string> mail_words(const envelope& mail, std::uint64_t declared_bytes) {
  smtp::client_extensions all;
  all.eight_bit_mime = all.dsn = all.mt_priority = true;
  all.size = declared_bytes != 0;
  std::string line;
  smtp::append_mail(line, mail, declared_bytes,
                    mail.smtputf8 ? smtp::mail_encoding::utf8 : smtp::mail_encoding::ascii, all);
  return split(line, '<' + to_string(mail.sender) + '>', std::string_view("MAIL FROM:").size());
}

std::vector<std::string> rcpt_words(const recipient& to) {
  smtp::client_extensions all;
  all.dsn = true;
  std::string line;
  smtp::append_rcpt(line, to, smtp::mail_encoding::utf8, all);
  return split(line, '<' + to_string(to.address) + '>', std::string_view("RCPT TO:").size());
}

} // namespace troupe::actors
