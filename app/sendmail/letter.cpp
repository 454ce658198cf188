#include "app/sendmail/letter.hpp"

#include "app/sendmail/address_list.hpp"
#include "net/core/address_text.hpp"
#include "net/core/base64.hpp"

#include <algorithm>
#include <array>

namespace troupe::app {

namespace {

constexpr std::size_t name_bytes_max = 45; // an encoded word has at most 75 characters

/// The next line without its end: CRLF, LF, or a CR alone.
std::string_view take_line(std::string_view& rest) {
  const auto line = rest.substr(0, rest.find_first_of("\r\n"));
  rest.remove_prefix(line.size());
  rest.remove_prefix(rest.starts_with("\r\n") ? 2 : rest.empty() ? 0 : 1);
  return line;
}

/// The name of the field that begins here; empty: none does.
std::string_view field_name(std::string_view line) {
  auto name = line.substr(0, line.find(':'));
  if (name.size() == line.size())
    return {};
  while (!name.empty() && (name.back() == ' ' || name.back() == '\t'))
    name.remove_suffix(1); // RFC 5322 §4.5
  return std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; }) ? name : std::string_view{};
}

bool is_any_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [&](auto each) { return equal_ignoring_case(name, each); });
}

class maker {
public:
  explicit maker(const letter_wishes& wishes) : wishes_(wishes) {}

  result<letter> make(std::string_view rest) {
    if (rest.starts_with("From ") || rest.starts_with(">From "))
      static_cast<void>(take_line(rest));
    read_header(rest);
    if (wishes_.recipients_from_header)
      if (const auto failed = read_recipients(); !failed)
        return failed.error();
    add_missing();
    made_.utf8_header = !std::all_of(made_.text.begin(), made_.text.end(), is_ascii);
    made_.text += "\r\n";
    while (!rest.empty())
      (made_.text += take_line(rest)) += "\r\n";
    made_.eight_bit = !std::all_of(made_.text.begin(), made_.text.end(), is_ascii);
    return std::move(made_);
  }

private:
  struct address_field {
    bool resent;
    std::string value;
  };

  /// Up to the empty line, or to one that is of no header: then the body begins with it.
  void read_header(std::string_view& rest) {
    bool dropping = false;
    std::string* value = nullptr;
    while (!rest.empty()) {
      auto ahead = rest;
      const auto line = take_line(ahead);
      const bool goes_on = !line.empty() && (line.front() == ' ' || line.front() == '\t') && !made_.text.empty();
      const auto name = goes_on ? std::string_view{} : field_name(line);
      if (!goes_on && name.empty()) {
        if (line.empty())
          rest = ahead;
        return;
      }
      rest = ahead;
      if (!goes_on) {
        value = note(name, line.substr(line.find(':') + 1));
        dropping = is_any_of(name, {"Bcc", "Resent-Bcc", "Return-Path"});
      } else if (value) {
        (*value += ' ') += line;
      }
      if (!dropping)
        (made_.text += line) += "\r\n";
    }
  }

  /// Where a continued value is to be gathered, or null.
  std::string* note(std::string_view name, std::string_view value) {
    has_from_ |= equal_ignoring_case(name, "From");
    has_date_ |= equal_ignoring_case(name, "Date");
    has_id_ |= equal_ignoring_case(name, "Message-ID");
    const bool resent = is_any_of(name, {"Resent-To", "Resent-Cc", "Resent-Bcc"});
    if (!resent && !is_any_of(name, {"To", "Cc", "Bcc"}))
      return nullptr;
    fields_.push_back({resent, std::string{value}});
    any_resent_ |= resent;
    return &fields_.back().value;
  }

  status read_recipients() {
    for (const auto& each : fields_) {
      if (each.resent != any_resent_)
        continue;
      auto found = parse_address_list(each.value);
      if (!found)
        return found.error();
      for (auto& one : *found)
        made_.recipients.push_back(std::move(one));
    }
    return {};
  }

  void add_missing() {
    std::string added;
    if (!has_date_)
      added += "Date: " + wishes_.date + "\r\n";
    if (!has_from_)
      added += "From: " + wishes_.from + "\r\n";
    if (!has_id_)
      added += "Message-ID: " + wishes_.message_id + "\r\n";
    made_.text.insert(0, added);
  }

  const letter_wishes& wishes_;
  letter made_;
  std::vector<address_field> fields_;
  bool any_resent_ = false;
  bool has_from_ = false;
  bool has_date_ = false;
  bool has_id_ = false;
};

} // namespace

std::string_view before_final_dot(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    auto rest = text.substr(at);
    if (take_line(rest) == ".")
      return text.substr(0, at);
    at = text.size() - rest.size();
  }
  return text;
}

result<letter> make_letter(std::string_view text, const letter_wishes& wishes) { return maker{wishes}.make(text); }

std::string from_field(std::string_view full_name, const std::string& address) {
  auto name = full_name.substr(0, name_bytes_max);
  while (!name.empty() && !is_utf8(name))
    name.remove_suffix(1);
  const auto good = [](char c) { return is_printable(c); };
  if (name.empty())
    return address;
  if (!std::all_of(name.begin(), name.end(), good))
    return "=?utf-8?b?" + encode_base64(name) + "?= <" + address + '>';
  if (std::all_of(name.begin(), name.end(), [](char c) { return is_atext(c) || c == ' '; }))
    return std::string{name} + " <" + address + '>';
  std::string quoted{'"'};
  for (const char c : name) {
    if (c == '"' || c == '\\')
      quoted += '\\';
    quoted += c;
  }
  return quoted + "\" <" + address + '>';
}

} // namespace troupe::app
