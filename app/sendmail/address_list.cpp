#include "app/sendmail/address_list.hpp"

#include <string>
#include <utility>

namespace troupe::app {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// What one item is made of: what stands before "<", or the address itself.
struct item {
  std::string text;    ///< Words and specials, without comments and with single spaces.
  std::string address; ///< Between "<" and ">".
  bool has_address = false;
};

class list_reader {
public:
  explicit list_reader(std::string_view text) : rest_(text) {}

  result<std::vector<mailbox>> read() {
    while (!rest_.empty() || !here_.text.empty() || here_.has_address) {
      if (!step())
        return error{wrong_.code, wrong_.detail};
    }
    if (in_group_)
      return error{errc::malformed, "a group that does not end"};
    return std::move(all_);
  }

private:
  bool fail(std::string what, errc code = errc::malformed) {
    wrong_ = {code, std::move(what)};
    return false;
  }

  bool step() {
    if (rest_.empty())
      return end_item();
    const char c = rest_.front();
    switch (c) {
      case '(': return skip_comment();
      case '"': return take_quoted(here_.has_address ? nullptr : &here_.text);
      case '<': return take_angle();
      case ',': rest_.remove_prefix(1); return end_item();
      case ':':
        if (in_group_ || here_.has_address || here_.text.empty())
          return fail("a colon in an address");
        rest_.remove_prefix(1);
        here_ = {};
        in_group_ = true;
        return true;
      case ';':
        if (!in_group_)
          return fail("a semicolon outside of a group");
        rest_.remove_prefix(1);
        in_group_ = false;
        return end_item();
      case '[': return take_literal(here_.text);
      default: break;
    }
    rest_.remove_prefix(1);
    if (is_space(c)) {
      if (!here_.text.empty() && here_.text.back() != ' ')
        here_.text += ' ';
      return true;
    }
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f || c == '>' || c == ']' || c == ')')
      return fail("a stray character in an address");
    if (here_.has_address)
      return fail("text behind an address");
    here_.text += c;
    return true;
  }

  bool skip_comment() {
    unsigned depth = 0;
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '\\' && rest_.size() > 1)
        rest_.remove_prefix(1);
      else if (c == '(' && ++depth > comment_depth_max)
        return fail("comments in comments", errc::limit_exceeded);
      else if (c == ')')
        --depth;
      rest_.remove_prefix(1);
      if (depth == 0)
        return true;
    }
    return fail("a comment that does not end");
  }

  /// A quoted string as it stands, without folds.
  bool take_quoted(std::string* to) {
    std::string text{'"'};
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '\r' || c == '\n')
        continue;
      text += c;
      if (c == '\\' && !rest_.empty()) {
        text += rest_.front();
        rest_.remove_prefix(1);
      } else if (c == '"') {
        if (to == nullptr)
          return fail("text behind an address");
        *to += text;
        return true;
      }
    }
    return fail("a quote that does not end");
  }

  bool take_literal(std::string& to) {
    const auto end = rest_.find(']');
    if (end == rest_.npos)
      return fail("an address literal that does not end");
    to += rest_.substr(0, end + 1);
    rest_.remove_prefix(end + 1);
    return true;
  }

  bool take_angle() {
    if (here_.has_address)
      return fail("two addresses without a comma");
    here_.has_address = true;
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '(') {
        if (!skip_comment())
          return false;
        continue;
      }
      if (c == '"') {
        if (!take_quoted(&here_.address))
          return false;
        continue;
      }
      if (c == '[') {
        if (!take_literal(here_.address))
          return false;
        continue;
      }
      rest_.remove_prefix(1);
      if (c == '>')
        return true;
      if (c == '<')
        return fail("an address in an address");
      if (!is_space(c))
        here_.address += c;
    }
    return fail("an address that does not end");
  }

  bool end_item() {
    auto done = std::exchange(here_, {});
    std::string address;
    if (done.has_address) {
      address = std::move(done.address);
      if (address.starts_with('@')) // RFC 5322 §4.4: an obsolete route
        address.erase(0, address.find(':') == address.npos ? 0 : address.find(':') + 1);
    } else {
      address = without_spaces(done.text);
    }
    if (address.empty())
      return !done.has_address || fail("an empty address");
    if (all_.size() >= addresses_max)
      return fail("too many addresses", errc::limit_exceeded);
    // The quoted local part of nobody's domain: a host name makes it whole for the parser.
    const bool local = address.find('@') == address.npos;
    auto parsed = parse_mailbox(local ? address + "@localhost" : address, utf8::allowed);
    if (!parsed || parsed->local.empty())
      return fail("\"" + address + "\" is no address");
    if (local)
      parsed->domain.clear();
    all_.push_back(std::move(*parsed));
    return true;
  }

  /// "ann . lee @ example.net" is obsolete and means ann.lee@example.net; "ann lee" is two words.
  static std::string without_spaces(std::string_view text) {
    std::string made;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c == '\\' && quoted && i + 1 < text.size()) {
        (made += c) += text[++i];
        continue;
      }
      if (c == '"')
        quoted = !quoted;
      if (c == ' ' && !quoted) {
        const char next = i + 1 < text.size() ? text[i + 1] : '@';
        const char last = made.empty() ? '@' : made.back();
        const auto binds = [](char x) { return x == '@' || x == '.' || x == ' '; };
        if (!binds(next) && !binds(last))
          made += ' '; // no address: the parser will say so
        continue;
      }
      made += c;
    }
    return made;
  }

  std::string_view rest_;
  item here_;
  bool in_group_ = false;
  std::vector<mailbox> all_;
  error wrong_{errc::malformed, {}};
};

} // namespace

result<std::vector<mailbox>> parse_address_list(std::string_view text) { return list_reader{text}.read(); }

} // namespace troupe::app
