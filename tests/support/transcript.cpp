#include "tests/support/transcript.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <ostream>
#include <stdexcept>

namespace troupe::support {

namespace {

using namespace std::string_literals;

[[noreturn]] void fail(const std::string& name, int line, const std::string& why) {
  throw std::runtime_error(name + ":" + std::to_string(line) + ": " + why);
}

int hex_value(char c) {
  const auto at = "0123456789abcdef"s.find(c);
  return at == std::string::npos ? -1 : static_cast<int>(at);
}

/// The bytes behind one escape; `text` starts after the backslash and loses it.
std::string escape(std::string_view& text) {
  const char c = text.empty() ? '?' : text.front();
  text.remove_prefix(text.empty() ? 0 : 1);
  switch (c) {
    case 'r': return "\r";
    case 'n': return "\n";
    case 't': return "\t";
    case '0': return "\0"s;
    case '\\': return "\\";
    case 'x':
      if (text.size() >= 2 && hex_value(text[0]) >= 0 && hex_value(text[1]) >= 0) {
        const auto byte = static_cast<char>(hex_value(text[0]) * 16 + hex_value(text[1]));
        text.remove_prefix(2);
        return std::string(1, byte);
      }
      break;
    case '{': {
      const auto end = text.find('}');
      std::size_t times = 0;
      const auto [star, wrong] = std::from_chars(text.data(), text.data() + text.size(), times);
      if (end == std::string_view::npos || wrong != std::errc{} || *star != '*')
        break;
      const auto what = text.substr(star + 1 - text.data(), end - (star + 1 - text.data()));
      std::string all;
      for (std::size_t i = 0; i < times; ++i)
        all += what;
      text.remove_prefix(end + 1);
      return all;
    }
    default: break;
  }
  throw std::runtime_error("no such escape");
}

std::string unescape(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    const auto plain = std::min(text.find('\\'), text.size());
    bytes += text.substr(0, plain);
    text.remove_prefix(plain);
    if (!text.empty()) {
      text.remove_prefix(1);
      bytes += escape(text);
    }
  }
  return bytes;
}

std::string_view sign_of(step_kind kind) {
  switch (kind) {
    case step_kind::client: return "C";
    case step_kind::server: return "S";
    case step_kind::body: return "B";
    case step_kind::question: return "?  ";
    case step_kind::verdict: return "!  ";
    case step_kind::event: return "-  ";
    case step_kind::order: return "*  ";
    case step_kind::time: return "T+ ";
  }
  return {};
}

bool is_bytes(step_kind kind) {
  return kind == step_kind::client || kind == step_kind::server || kind == step_kind::body;
}

std::string line_of(const step& what) {
  const std::string sign{sign_of(what.kind)};
  if (!is_bytes(what.kind))
    return sign + what.text;
  if (what.text.ends_with("\r\n"))
    return sign + ": " + printable(std::string_view{what.text}.substr(0, what.text.size() - 2));
  return sign + "> " + printable(what.text);
}

/// Cuts after each CRLF.
void add_lines(std::vector<step>& steps, step_kind kind, std::string_view bytes) {
  for (const auto line : pieces(bytes, split::per_line))
    steps.push_back({kind, std::string{line}, 0});
}

std::string bytes_of(const std::vector<step>& steps, step_kind kind) {
  std::string all;
  for (const auto& one : steps)
    if (one.kind == kind)
      all += one.text;
  return all;
}

/// The steps of a script, cut where a turn begins. In each: what begins it, then the rest.
struct turn {
  std::vector<step> cause;
  std::vector<step> effect;
};

std::vector<turn> turns(const transcript& script, step_kind wire) {
  const auto peer = wire == step_kind::server ? step_kind::client : step_kind::server;
  std::vector<turn> all(1); // what the machine does before anything else
  for (const auto& one : script.steps) {
    const bool is_input = one.kind == peer;
    if (one.kind == step_kind::verdict)
      continue;
    if (is_input || one.kind == step_kind::order || one.kind == step_kind::time) {
      const bool goes_on = is_input && all.back().effect.empty() && !all.back().cause.empty()
                           && all.back().cause.back().kind == peer;
      if (!goes_on)
        all.emplace_back();
      all.back().cause.push_back(one);
    } else {
      all.back().effect.push_back(one);
    }
  }
  return all;
}

std::chrono::milliseconds duration(const step& what) {
  long count = 0;
  const auto end = what.text.data() + what.text.size();
  const auto [unit, wrong] = std::from_chars(what.text.data(), end, count);
  const std::string_view name{unit, static_cast<std::size_t>(end - unit)};
  if (wrong != std::errc{} || (name != "s" && name != "ms"))
    throw std::runtime_error("line " + std::to_string(what.line) + ": not a time: " + what.text);
  return std::chrono::milliseconds{name == "s" ? count * 1000 : count};
}

} // namespace

transcript parse_transcript(std::string name, std::string_view text) {
  static const std::map<std::string, step_kind, std::less<>> kinds{
    {"C: ", step_kind::client},   {"C> ", step_kind::client},  {"S: ", step_kind::server},
    {"S> ", step_kind::server},   {"B: ", step_kind::body},    {"B> ", step_kind::body},
    {"?  ", step_kind::question}, {"!  ", step_kind::verdict}, {"-  ", step_kind::event},
    {"*  ", step_kind::order},    {"T+ ", step_kind::time}};
  transcript script{std::move(name), {}, {}};
  for (int number = 1; !text.empty(); ++number) {
    const auto length = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, length);
    text.remove_prefix(std::min(length + 1, text.size()));
    if (line.empty() || line.front() == '#')
      continue;
    if (line.starts_with("%  ")) {
      line.remove_prefix(3);
      const auto space = std::min(line.find(' '), line.size());
      script.settings.push_back({std::string{line.substr(0, space)},
                                 std::string{line.substr(std::min(space + 1, line.size()))}});
      continue;
    }
    // An empty line of a peer is "C:", with or without the space.
    const std::string sign{line.size() == 2 ? std::string{line} + " " : std::string{line.substr(0, 3)}};
    const auto found = kinds.find(sign);
    if (found == kinds.end())
      fail(script.name, number, "no such line");
    step one{found->second, std::string{line.substr(std::min<std::size_t>(3, line.size()))}, number};
    try {
      if (is_bytes(one.kind))
        one.text = unescape(one.text) + (sign[1] == ':' ? "\r\n" : "");
    } catch (const std::runtime_error& why) {
      fail(script.name, number, why.what());
    }
    script.steps.push_back(std::move(one));
  }
  return script;
}

std::vector<transcript> transcripts(std::string_view folder) {
  const auto path = std::filesystem::path{TROUPE_SOURCE_DIR} / "tests" / folder;
  std::vector<transcript> all;
  for (const auto& entry : std::filesystem::directory_iterator{path}) {
    if (entry.path().extension() != ".txt")
      continue;
    std::ifstream file{entry.path(), std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    all.push_back(parse_transcript(entry.path().filename().string(), text));
  }
  if (all.empty())
    throw std::runtime_error("no transcripts in " + path.string());
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

std::ostream& operator<<(std::ostream& out, const transcript& script) { return out << script.name; }

std::ostream& operator<<(std::ostream& out, split cut) {
  return out << (cut == split::whole ? "whole" : cut == split::per_line ? "per line" : "per byte");
}

std::vector<std::string_view> pieces(std::string_view bytes, split cut) {
  std::vector<std::string_view> all;
  while (!bytes.empty()) {
    auto size = bytes.size();
    if (cut == split::per_byte)
      size = 1;
    else if (const auto end = bytes.find("\r\n"); cut == split::per_line && end != bytes.npos)
      size = end + 2;
    all.push_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return all;
}

std::string printable(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\')
      text += "\\\\";
    else if (byte >= ' ' && byte < 0x7f)
      text += c;
    else
      ((text += "\\x") += digits[byte >> 4]) += digits[byte & 15];
  }
  return text;
}

void recorder::note(step_kind kind, std::string_view text) {
  add_lines(notes_, step_kind::body, body_);
  body_.clear();
  notes_.push_back({kind, std::string{text}, 0});
}

std::vector<step> recorder::take_turn() {
  auto all = std::move(notes_);
  notes_.clear();
  add_lines(all, wire_, wrote_);
  wrote_.clear();
  return all;
}

std::deque<std::string> verdicts(const transcript& script) {
  std::deque<std::string> all;
  for (const auto& one : script.steps) {
    if (one.kind == step_kind::question)
      all.emplace_back("accept");
    else if (one.kind == step_kind::verdict && !all.empty())
      all.back() = one.text;
  }
  return all;
}

std::vector<std::string> expected(const transcript& script, step_kind wire) {
  std::vector<std::string> lines;
  for (const auto& one : turns(script, wire)) {
    for (const auto& line : one.cause)
      lines.push_back(line_of(line));
    for (const auto& line : one.effect)
      if (line.kind != wire)
        lines.push_back(line_of(line));
    std::vector<step> sent;
    add_lines(sent, wire, bytes_of(one.effect, wire));
    for (const auto& line : sent)
      lines.push_back(line_of(line));
  }
  return lines;
}

std::vector<std::string> actual(const transcript& script, split cut, player& machine,
                                recorder& record, step_kind wire) {
  const auto peer = wire == step_kind::server ? step_kind::client : step_kind::server;
  std::vector<std::string> lines;
  for (const auto& one : turns(script, wire)) {
    for (const auto& line : one.cause) {
      lines.push_back(line_of(line));
      if (line.kind == step_kind::order)
        machine.order(line.text);
      else if (line.kind == step_kind::time)
        machine.pass(duration(line));
    }
    const auto input = bytes_of(one.cause, peer);
    for (const auto piece : pieces(input, cut))
      machine.take(piece);
    for (const auto& line : record.take_turn())
      lines.push_back(line_of(line));
  }
  return lines;
}

} // namespace troupe::support
