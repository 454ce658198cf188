// Whatever a remote replies, whatever addresses and originals look like: a notice
// keeps its shape, and so do the trace fields.

#include "actors/policy/dsn_writer.hpp"
#include "actors/policy/received_header.hpp"
#include "actors/policy/settle.hpp"
#include "tests/support/dsn_shape.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

using namespace troupe;

/// Takes the input apart: a length byte or two, then so many bytes.
class input {
public:
  input(const std::uint8_t* bytes, std::size_t size)
    : rest_{reinterpret_cast<const char*>(bytes), size} {}

  unsigned number(unsigned below) {
    if (rest_.empty())
      return 0;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value % below;
  }

  std::string text() {
    const auto size = std::min<std::size_t>(number(256) * (number(8) == 7 ? 8u : 1u), rest_.size());
    std::string taken{rest_.substr(0, size)};
    rest_.remove_prefix(size);
    return taken;
  }

  std::string all() { return std::string{rest_}; }

private:
  std::string_view rest_;
};

void expect(bool claim, const char* what) {
  if (claim)
    return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

queued_message read_mail(input& from) {
  queued_message mail;
  mail.sender = {from.text() + "a", from.text()};
  mail.envid = from.text();
  mail.ret = static_cast<dsn_return>(from.number(3));
  mail.smtputf8 = from.number(2) == 1;
  mail.received = wall_time{std::chrono::hours{from.number(256)}};
  const auto count = 1 + from.number(4);
  for (unsigned i = 0; i < count; ++i) {
    queued_recipient each;
    each.to.address = {from.text(), from.text()};
    each.to.orcpt = from.text();
    each.to.notify = static_cast<std::uint8_t>(from.number(16));
    mail.recipients.push_back(std::move(each));
  }
  return mail;
}

std::vector<policy::attempt_result> read_results(input& from) {
  std::vector<policy::attempt_result> results;
  const auto count = from.number(6);
  for (unsigned i = 0; i < count; ++i) {
    policy::attempt_result each;
    each.recipient = from.number(5);
    each.what.kind = static_cast<outcome_kind>(from.number(3));
    each.what.answer
      = {static_cast<int>(from.number(256)) * 4, from.text(), {from.text(), from.text()}};
    each.what.remote = from.text();
    each.what.remote_said = from.number(2) == 1;
    each.what.takes_dsn = from.number(2) == 1;
    each.how_far = static_cast<policy::reach>(from.number(2));
    results.push_back(std::move(each));
  }
  return results;
}

void expect_one_field(const std::string& field, char continuation) {
  expect(field.ends_with("\r\n"), "a trace field without end");
  for (std::size_t from = 0; from < field.size();) {
    const auto end = field.find("\r\n", from);
    expect(end - from <= 998, "a trace line too long");
    expect(from == 0 || field[from] == continuation, "a second trace field");
    expect(field.substr(from, end - from).find_first_of(std::string_view{"\r\n\0", 3})
             == std::string::npos,
           "a control character in a trace field");
    from = end + 2;
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  input from{bytes, size};
  auto mail = read_mail(from);
  const auto sender = mail.sender;
  const auto results = read_results(from);
  const wall_time now{std::chrono::hours{from.number(256) * 2}};
  const policy::dsn_options options{from.text(), from.text()};
  policy::trace trace;
  const auto helo = from.text();
  const auto tls_info = from.text();
  trace.helo = helo;
  trace.hostname = options.hostname;
  trace.tls_version = tls_info;
  trace.tls_cipher = tls_info;
  trace.only_recipient = &sender;
  expect_one_field(policy::received_header(trace), '\t');
  expect_one_field(policy::return_path_header(sender), '\t');

  const auto original = from.all();
  const auto made = policy::settle(std::move(mail), results, {}, now, 0.5);
  for (const auto& each : made.notices) {
    const auto cut = std::min<std::size_t>(original.size(), policy::dsn_original_bytes_max);
    const auto written = policy::write_dsn(
      each, options, {std::string_view{original}.substr(0, cut), original.size()}, message_id{42},
      now);
    const auto shape = support::shape_of(written.bytes);
    if (!shape.flaw.empty())
      std::fprintf(stderr, "%s\n%s\n", shape.flaw.c_str(), written.bytes.c_str());
    expect(shape.flaw.empty(), "the shape of a notice");
    const auto groups = support::status_groups(shape.parts[1]);
    expect(groups.size() == 1 + each.recipients.size(), "a group for each recipient");
    for (std::size_t i = 1; i < groups.size(); ++i)
      for (const auto& field : groups[i])
        expect(field.starts_with("Original-Recipient: ") || field.starts_with("Final-Recipient: ")
                 || field.starts_with("Action: ") || field.starts_with("Status: ")
                 || field.starts_with("Remote-MTA: ") || field.starts_with("Diagnostic-Code: ")
                 || field.starts_with("Last-Attempt-Date: ")
                 || field.starts_with("Will-Retry-Until: "),
               "only fields of ours");
    expect(written.mail.sender.is_null(), "a notice with a sender");
  }
  return 0;
}
