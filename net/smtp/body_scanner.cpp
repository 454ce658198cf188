#include "net/smtp/body_scanner.hpp"

#include <cstring>

namespace troupe::smtp {

namespace {

constexpr std::size_t block = 32;

/// True where `c` after `before` is not plain text: one half of a CRLF without the
/// other, or a dot after an LF.
constexpr bool is_notable(char before, char c) {
  return ((c == '\n') != (before == '\r')) | ((before == '\n') & (c == '.'));
}

/// The same for a whole block, without a branch, so that the compiler uses vectors:
/// most of a body is nothing but this. Reads data[-1].
bool has_notable(const char* data) {
  unsigned char notable = 0;
  for (std::size_t i = 0; i < block; ++i) {
    const char before = *(data + i - 1);
    const char c = data[i];
    notable |= static_cast<unsigned char>(((c == '\n') ^ (before == '\r'))
                                          | ((before == '\n') & (c == '.')));
  }
  return notable != 0;
}

} // namespace

/// Collects the body over the input's own bytes; moves to `grown` when it must outgrow them.
class body_scanner::sink {
public:
  sink(char* start, std::string& grown, bool muted)
    : start_(start), out_(start), grown_(grown), muted_(muted) {}

  /// Bytes of the input itself, behind all that were put before.
  void keep(const char* from, std::size_t size) {
    if (muted_)
      return;
    if (outgrown_) {
      grown_.append(from, size);
      return;
    }
    if (out_ != from)
      std::memmove(out_, from, size);
    out_ += size;
  }

  void insert(std::string_view bytes) {
    if (muted_)
      return;
    if (!outgrown_)
      grown_.assign(start_, out_);
    outgrown_ = true;
    grown_.append(bytes);
  }

  /// Nothing collected is wanted any more.
  void mute() { muted_ = true; }

  [[nodiscard]] std::string_view body() const {
    if (muted_)
      return {};
    return outgrown_ ? std::string_view{grown_} : std::string_view{start_, out_};
  }

private:
  char* start_;
  char* out_;
  std::string& grown_;
  bool outgrown_ = false;
  bool muted_;
};

body_scanner::found body_scanner::scan(char* data, std::size_t size) {
  if (frame_ == framing::octets)
    return {size, muted_ ? std::string_view{} : std::string_view{data, size}, false};
  sink out{data, rewritten_, muted_};
  bool ended = false;
  std::size_t at = 0;
  while (at < size && !ended) {
    const auto run = ordinary_run(data + at, size - at);
    if (run > 0) {
      const char last = data[at + run - 1];
      // Within a run an LF stands after its CR only.
      position_ = last == '\n'   ? position::line_start
                  : last == '\r' ? position::cr
                                 : position::in_line;
      out.keep(data + at, run);
      at += run;
      continue;
    }
    bool used = true;
    step(data + at, out, used, ended);
    at += used ? 1 : 0;
  }
  return {at, out.body(), ended};
}

std::string_view body_scanner::finish() {
  if (position_ != position::cr)
    return {};
  position_ = position::in_line;
  if (policy_ == bare_newline::reject)
    flawed_ = true;
  return muted_ || flawed_ ? std::string_view{} : "\n";
}

/// How many bytes need no thought. None while a dot is held back.
std::size_t body_scanner::ordinary_run(const char* data, std::size_t size) const noexcept {
  if (position_ == position::dot || position_ == position::dot_cr)
    return 0;
  const char before = position_ == position::cr           ? '\r'
                      : position_ == position::line_start ? '\n'
                                                          : ' ';
  // At line_start that LF is a true one; a bare one counts as in_line.
  if (is_notable(before, data[0]))
    return 0;
  std::size_t at = 1;
  while (at + block <= size && !has_notable(data + at))
    at += block;
  while (at < size && !is_notable(data[at - 1], data[at]))
    ++at;
  return at;
}

/// Takes one byte that is notable, or follows a dot held back. Unsets `used` to see
/// it again from the new position.
void body_scanner::step(const char* byte, sink& out, bool& used, bool& ended) {
  const char c = *byte;
  switch (position_) {
    case position::line_start:
    case position::in_line:
      if (c == '\n') {
        on_bare_newline(out, "\r\n");
      } else if (frame_ == framing::dots) { // a dot at the start of a line
        position_ = position::dot;
      } else {
        out.keep(byte, 1);
        position_ = position::in_line;
      }
      return;
    case position::cr: // the CR is in the body already
      on_bare_newline(out, "\n");
      used = false;
      return;
    case position::dot:
      if (c == '\r') {
        position_ = position::dot_cr;
        return;
      }
      // The first dot of a longer line is stuffing (§4.5.2).
      position_ = position::in_line;
      used = false;
      return;
    case position::dot_cr:
      ended = c == '\n';
      if (!ended) {
        out.insert("\r");
        position_ = position::cr;
        used = false;
      }
      return;
  }
}

void body_scanner::on_bare_newline(sink& out, std::string_view made_into) {
  // Not line_start: the sender did not see a line end here, so it stuffed no dot.
  position_ = position::in_line;
  if (policy_ == bare_newline::normalize) {
    out.insert(made_into);
    return;
  }
  flawed_ = true;
  muted_ = true;
  out.mute();
}

} // namespace troupe::smtp
