#include "actors/policy/submission_header.hpp"

#include <catch2/catch.hpp>

using namespace troupe::policy;

namespace {

std::string through(std::string_view message, std::size_t piece) {
  submission_header header{"Date: now\r\n", "Message-ID: <new>\r\n"};
  std::string out;
  while (!message.empty()) {
    header.take(message.substr(0, piece), out);
    message.remove_prefix(std::min(piece, message.size()));
  }
  header.finish(out);
  return out;
}

} // namespace

TEST_CASE("submission: Date and Message-ID are added where they are missing, at any split", "[policy]") {
  const auto [given, wanted] = GENERATE(table<std::string, std::string>({
    {"Subject: x\r\n\r\nbody\r\n", "Subject: x\r\nDate: now\r\nMessage-ID: <new>\r\n\r\nbody\r\n"},
    {"DATE: then\r\nmessage-id : <old>\r\n\r\nbody\r\n", "DATE: then\r\nmessage-id : <old>\r\n\r\nbody\r\n"},
    {"Date: then\r\n\r\n", "Date: then\r\nMessage-ID: <new>\r\n\r\n"},
    {"Subject: a\r\n Date: no\r\n\r\nDate: body\r\n", "Subject: a\r\n Date: no\r\nDate: now\r\nMessage-ID: <new>\r\n\r\nDate: body\r\n"},
    {"X-Date: a\r\n\r\n", "X-Date: a\r\nDate: now\r\nMessage-ID: <new>\r\n\r\n"},
    {"\r\nbody\r\n", "Date: now\r\nMessage-ID: <new>\r\n\r\nbody\r\n"},
    {"no header at all\r\n", "Date: now\r\nMessage-ID: <new>\r\n\r\nno header at all\r\n"},
    {" begins with a space\r\n", "Date: now\r\nMessage-ID: <new>\r\n\r\n begins with a space\r\n"},
    {"Subject: x\r\nthen text: not\r\n", "Subject: x\r\nDate: now\r\nMessage-ID: <new>\r\n\r\nthen text: not\r\n"},
    {"Subject: only a header\r\n", "Subject: only a header\r\nDate: now\r\nMessage-ID: <new>\r\n"},
    {"Subject: cut off", "Subject: cut off\r\nDate: now\r\nMessage-ID: <new>\r\n"},
    {"cut", "Date: now\r\nMessage-ID: <new>\r\n\r\ncut"},
    {"", "Date: now\r\nMessage-ID: <new>\r\n"},
    {": nameless\r\n", "Date: now\r\nMessage-ID: <new>\r\n\r\n: nameless\r\n"},
    {std::string(500, 'x') + ": long\r\n\r\n", std::string(500, 'x') + ": long\r\nDate: now\r\nMessage-ID: <new>\r\n\r\n"},
  }));
  CAPTURE(given);
  CHECK(through(given, given.size() + 1) == wanted);
  CHECK(through(given, 1) == wanted);
  CHECK(through(given, 7) == wanted);
}
