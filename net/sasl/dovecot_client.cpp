#include "net/sasl/dovecot_client.hpp"

#include "net/core/base64.hpp"
#include "net/core/expect.hpp"

#include <charconv>
#include <utility>

namespace troupe::sasl {

namespace {

constexpr std::uint32_t our_major = 1;

std::string_view take_field(std::string_view& rest) {
  const auto tab = rest.find('\t');
  const auto field = rest.substr(0, tab);
  rest.remove_prefix(tab == rest.npos ? rest.size() : tab + 1);
  return field;
}

std::optional<std::uint32_t> number(std::string_view digits) {
  std::uint32_t value = 0;
  const auto* const end = digits.data() + digits.size();
  const auto [at, wrong] = std::from_chars(digits.data(), end, value);
  if (wrong != std::errc{} || at != end || digits.empty())
    return std::nullopt;
  return value;
}

} // namespace

std::string dovecot_client::hello() const {
  return "VERSION\t1\t2\nCPID\t" + std::to_string(process_) + '\n';
}

void dovecot_client::fail(std::string why) {
  state_ = dovecot_state::broken;
  flaw_ = std::move(why);
  line_ = {};
}

void dovecot_client::receive(std::string_view bytes) {
  while (!bytes.empty() && state_ != dovecot_state::broken) {
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end);
    if (line_.size() + part.size() > dovecot_line_bytes_max)
      return fail("a line too long");
    line_ += part;
    if (end == bytes.npos)
      return;
    bytes.remove_prefix(end + 1);
    const auto line = std::exchange(line_, {});
    take_line(line);
  }
}

void dovecot_client::take_line(std::string_view line) {
  const auto verb = take_field(line);
  switch (state_) {
    case dovecot_state::greeting: return take_greeting(verb, line);
    case dovecot_state::asking: return take_answer(verb, line);
    case dovecot_state::ready: return fail("an answer that nobody asked for");
    case dovecot_state::broken: return;
  }
}

void dovecot_client::take_greeting(std::string_view verb, std::string_view rest) {
  if (++lines_ > dovecot_greeting_lines_max)
    return fail("a greeting without an end");
  if (verb == "VERSION") {
    if (number(take_field(rest)) != our_major)
      return fail("another version of the protocol");
    versioned_ = true;
  } else if (verb == "MECH") {
    has_plain_ |= take_field(rest) == "PLAIN";
  } else if (verb == "DONE") {
    if (!versioned_ || !has_plain_)
      return fail(versioned_ ? "it does not offer PLAIN" : "no VERSION in the greeting");
    state_ = dovecot_state::ready;
  }
  // SPID, CUID, COOKIE and what later versions say mean nothing to us.
}

std::string dovecot_client::ask(const dovecot_question& what) {
  TROUPE_EXPECT(state_ == dovecot_state::ready);
  state_ = dovecot_state::asking;
  std::string plain = '\0' + what.user + '\0' + std::string{what.password.view()};
  // "secured": what came in the clear was let through by a rule of ours.
  std::string line = "AUTH\t" + std::to_string(++asked_) + "\tPLAIN\tservice=smtp\tsecured";
  if (!what.client_ip.empty())
    line += "\trip=" + what.client_ip;
  auto encoded = encode_base64(plain);
  line += "\tresp=" + encoded + '\n'; // the last field, by the protocol
  wipe(plain);
  wipe(encoded);
  return line;
}

void dovecot_client::take_answer(std::string_view verb, std::string_view rest) {
  if (verb != "OK" && verb != "FAIL" && verb != "CONT")
    return; // MECH and the like may come again after a reload
  if (number(take_field(rest)) != asked_)
    return fail("an answer to another question");
  if (verb == "CONT")
    return fail("a challenge after PLAIN");
  state_ = dovecot_state::ready;
  if (verb == "OK") {
    verdict_ = dovecot_verdict::accepted;
    return;
  }
  verdict_ = dovecot_verdict::refused;
  while (!rest.empty())
    if (const auto field = take_field(rest); field == "temp" || field == "code=temp_fail")
      verdict_ = dovecot_verdict::temporary;
}

std::optional<dovecot_verdict> dovecot_client::take_verdict() noexcept {
  return std::exchange(verdict_, std::nullopt);
}

} // namespace troupe::sasl
