// The other side of a conversation, played by a test: it says frames and reads ours.

#pragma once

#include "net/milter/conversation.hpp"

#include <string>
#include <vector>

namespace troupe::support {

struct filter_player {
  steady_time now{};
  milter::conversation talk{{}, now};
  std::string read;                           ///< What we said and the test has not taken.
  std::vector<milter::verdict> verdicts;
  std::vector<std::string> changes;           ///< "add_rcpt ann@example.org", in order.
  std::vector<error> failures;
  std::string body = "line one\r\nline two\r\n"; ///< What want_body gets, in pieces.
  std::size_t body_piece = 65535;
  std::size_t body_at = 0;
  unsigned greetings = 0;

  filter_player() { run(); }

  /// Pulls until nothing more comes.
  void run() {
    while (auto todo = talk.next())
      std::visit([this](const auto& each) { act(each); }, *todo);
  }

  /// A frame of the filter.
  void say(char letter, std::string_view data = {}) {
    std::string out;
    milter::append_frame(out, letter, data);
    say_raw(out);
  }
  void say_raw(std::string_view bytes) {
    talk.receive(bytes, now);
    run();
  }
  void greet(std::uint32_t how = 0, std::uint32_t version = 6, std::string_view macros = {}) {
    std::string data;
    milter::append_number(data, version);
    milter::append_number(data, milter::may::all);
    milter::append_number(data, how);
    data += macros;
    say('O', data);
  }

  /// The letters of the frames that we said since the last time.
  std::string letters() {
    std::string out;
    for (const auto& each : frames())
      out += each.front();
    return out;
  }
  std::vector<std::string> frames() {
    std::vector<std::string> out;
    milter::frame_reader reader;
    reader.take(std::exchange(read, {}));
    while (auto got = reader.next()) {
      if (!*got)
        break;
      out.push_back((*got)->letter + std::string((*got)->data));
    }
    return out;
  }

  void tick(milliseconds later) {
    now += later;
    talk.tick(now);
    run();
  }

private:
  void act(const milter::write_bytes& x) {
    read += x.bytes;
    talk.wrote(now);
  }
  void act(const milter::greeted&) { ++greetings; }
  void act(const milter::want_body&) {
    const auto piece = std::string_view(body).substr(body_at, body_piece);
    body_at += piece.size();
    talk.supply_body(piece, body_at == body.size() ? milter::piece::last : milter::piece::more_follow, now);
  }
  void act(const milter::answered& x) { verdicts.push_back(x.said); }
  void act(const milter::failed& x) { failures.push_back(x.why); }
  void act(const milter::changed& x) {
    std::visit([this](const auto& each) { changes.push_back(word(each)); }, x.what);
  }

  static std::string word(const milter::recipient_added& x) { return "+" + x.address + "|" + x.parameters; }
  static std::string word(const milter::recipient_deleted& x) { return "-" + x.address; }
  static std::string word(const milter::sender_changed& x) { return "from " + x.address + "|" + x.parameters; }
  static std::string word(const milter::field_added& x) { return "add " + x.name + ":" + x.value; }
  static std::string word(const milter::field_inserted& x) {
    return "insert " + std::to_string(x.place) + " " + x.name + ":" + x.value;
  }
  static std::string word(const milter::field_changed& x) {
    return "change " + std::to_string(x.nth) + " " + x.name + ":" + x.value;
  }
  static std::string word(const milter::body_replaced& x) { return "body " + std::string(x.bytes); }
  static std::string word(const milter::quarantined& x) { return "hold " + x.reason; }
};

} // namespace troupe::support
