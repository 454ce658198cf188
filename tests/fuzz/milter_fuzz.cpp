// A filter that says anything: the conversation ends or goes on, never breaks, answers
// each command once, and what is changed in a header stays one.

#include "net/milter/conversation.hpp"
#include "net/core/expect.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace troupe;
using namespace troupe::milter;

namespace {

struct owner {
  steady_time now{};
  conversation talk{{}, now};
  message_header header = message_header::read("Received: us\r\nTo: bob\r\n\r\n", true, 0).value()->header;
  message_header draft = header;
  unsigned step = 0;
  bool answer_due = false;

  void pull() {
    while (auto todo = talk.next()) {
      std::visit([this](const auto& each) { act(each); }, *todo);
      if (talk.awaits_command())
        command();
    }
  }
  void act(const write_bytes&) { talk.wrote(now); }
  void act(const greeted&) {}
  void act(const want_body&) { talk.supply_body("body\r\n", step % 2 ? piece::last : piece::more_follow, now); ++step; }
  void act(const answered& x) {
    TROUPE_EXPECT(answer_due);
    answer_due = false;
    TROUPE_EXPECT(x.said.kind != verdict_kind::refuse || (x.said.answer.code >= 400 && x.said.answer.code < 600));
    for (const auto& each : x.said.answer.lines)
      TROUPE_EXPECT(each.find_first_of("\r\n") == each.npos);
  }
  void act(const failed&) { TROUPE_EXPECT(talk.is_closed()); answer_due = false; }
  void act(const changed& x) {
    if (const auto* added = std::get_if<field_added>(&x.what))
      (void)draft.add(added->name, added->value, talk.space());
    else if (const auto* put = std::get_if<field_inserted>(&x.what))
      (void)draft.insert(put->place, put->name, put->value, talk.space());
    else if (const auto* other = std::get_if<field_changed>(&x.what))
      (void)draft.change(other->nth, other->name, other->value, talk.space());
  }

  void command() {
    answer_due = true;
    switch (step++ % 6) {
      case 0: return talk.connect({"[192.0.2.7]", client_family::ipv4, 25, "192.0.2.7"}, {{"j", "us"}}, now);
      case 1: return talk.helo("client.test", {}, now);
      case 2: return talk.mail({"<a@b>"}, {}, now);
      case 3: return talk.rcpt({"<c@d>"}, {}, now);
      case 4: return talk.data({}, now);
      default: return talk.message(header, {}, now);
    }
  }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  owner me;
  me.pull();
  std::string greeting;
  append_number(greeting, 6);
  append_number(greeting, may::all);
  append_number(greeting, size > 2 ? (data[0] | data[1] << 8) & talk::all : 0);
  std::string out;
  append_frame(out, 'O', greeting);
  me.talk.receive(out, me.now);
  me.pull();
  while (!input.empty() && !me.talk.is_closed()) {
    const auto bytes = std::min({input.size(), me.talk.room(), std::size_t{1} + data[0]});
    if (bytes == 0)
      break;
    me.talk.receive(input.substr(0, bytes), me.now);
    input.remove_prefix(bytes);
    me.pull();
  }
  // What stands in the header is fields, and nothing ends it early.
  const auto text = me.draft.text();
  const auto again = message_header::read(text, true, 0);
  if (again)
    TROUPE_EXPECT((*again)->body_at == text.size() && (*again)->header.fields().size() == me.draft.fields().size());
  (void)message_header::read({reinterpret_cast<const char*>(data), size}, size % 2 == 0, 0);
  return 0;
}
