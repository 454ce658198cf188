// Dialogues as data: one plain text file a rule, replayed against a protocol
// machine at any split of its input. This file knows the format, not the machines.
//
//   # text       a comment; the first ones say which rule this is
//   %  key value a setting of the replay, before everything else
//   C: text      a line of the client, CRLF added
//   S: text      a line of the server, CRLF added
//   C> text      the client's bytes with nothing added; S> alike
//   B: text      a line of the body that the machine hands over, CRLF added; B> alike
//   ?  text      the machine asks its owner
//   !  text      the owner's answer to the question above; without one: "accept"
//   -  text      the machine tells its owner something
//   *  text      the owner tells the machine something
//   T+ 301s      time passes ("s" or "ms")
//
// In C, S and B lines \r \n \t \0 \\ and \xHH stand for bytes and \{70*ab} for "ab"
// seventy times. Blank lines mean nothing.
//
// What one side sends, or `*` and T+, begins a turn; a turn holds all that comes of
// it. Within a turn the order of what goes over the wire is compared, and the order
// of all the rest, but not how the two interleave: a machine may answer pipelined
// commands together.

#pragma once

#include <chrono>
#include <deque>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::support {

enum class step_kind { client, server, body, question, verdict, event, order, time };

struct step {
  step_kind kind;
  std::string text; ///< Bytes, with the CRLF that the file only implies.
  int line;
};

struct setting {
  std::string key;
  std::string value;
};

struct transcript {
  std::string name;
  std::vector<setting> settings;
  std::vector<step> steps;
};

/// Throws std::runtime_error with the place when `text` breaks the format.
[[nodiscard]] transcript parse_transcript(std::string name, std::string_view text);

/// All *.txt of a folder below tests/, by name. Throws if there are none.
[[nodiscard]] std::vector<transcript> transcripts(std::string_view folder);

/// For Catch: a transcript is shown as its name.
std::ostream& operator<<(std::ostream& out, const transcript& script);

enum class split { whole, per_line, per_byte };
std::ostream& operator<<(std::ostream& out, split cut);
[[nodiscard]] std::vector<std::string_view> pieces(std::string_view bytes, split cut);

/// Bytes as the format writes them.
[[nodiscard]] std::string printable(std::string_view bytes);

/// Gathers what a machine does, in the words of the format.
class recorder {
public:
  /// `wire`: step_kind::server when the machine is a server, else client.
  explicit recorder(step_kind wire) : wire_(wire) {}

  void wrote(std::string_view bytes) { wrote_.append(bytes); }
  void body(std::string_view bytes) { body_.append(bytes); }
  void drop_body() { body_.clear(); }
  void asked(std::string_view text) { note(step_kind::question, text); }
  void told(std::string_view text) { note(step_kind::event, text); }

  /// The turn so far, in the order of comparison; starts the next one. Body bytes
  /// wait until the machine asks or tells something.
  [[nodiscard]] std::vector<step> take_turn();

private:
  void note(step_kind kind, std::string_view text);

  step_kind wire_;
  std::string wrote_;
  std::string body_;
  std::vector<step> notes_;
};

/// A machine under replay. It puts all it does into a recorder.
class player {
public:
  virtual ~player() = default;
  virtual void take(std::string_view bytes) = 0;
  virtual void pass(std::chrono::milliseconds time) = 0;
  virtual void order(std::string_view text) = 0;
};

/// The owner's answers in the order of the questions: "accept" where none is written.
[[nodiscard]] std::deque<std::string> verdicts(const transcript& script);

/// What `actual` is to be compared with, one printable line a step.
[[nodiscard]] std::vector<std::string> expected(const transcript& script, step_kind wire);

/// Plays the whole script.
[[nodiscard]] std::vector<std::string> actual(const transcript& script, split cut, player& machine,
                                              recorder& record, step_kind wire);

} // namespace troupe::support
