#include "actors/event_log.hpp"

#include "actors/log_limiter.hpp"
#include "actors/log_line.hpp"
#include "actors/log_sink.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <limits>
#include <sstream>
#include <thread>
#include <unistd.h>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;

namespace {

const wall_time noon{std::chrono::milliseconds{1795436159042}};

std::string line(log_fields fields, log_format format = log_format::json) {
  log_line out;
  auto text = std::string(out.format(format, {noon, log_level::info, "e", "n"}, fields));
  REQUIRE(text.size() <= log_line_bytes_max);
  REQUIRE(text.find('\n') == text.size() - 1);
  return text.substr(0, text.size() - 1);
}

/// What stands behind "k": for a value.
std::string shown(std::string_view value) {
  const auto text = line({{"k", value}});
  const auto at = text.find(R"(,"k":)") + 5;
  return text.substr(at, text.size() - at - 1);
}

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1))
    ++found;
  return found;
}

} // namespace

TEST_CASE("a line is one JSON object with its head and its fields in order", "[log]") {
  CHECK(line({{"msg", message_id{1}},
              {"from", std::string("ann@example.net")},
              {"bytes", std::uint64_t{18446744073709551615u}},
              {"delta", -5},
              {"ratio", 0.5},
              {"tls", true},
              {"none", std::numeric_limits<double>::quiet_NaN()}})
        == R"({"ts":")" + format_rfc3339(noon)
             + R"(","level":"info","event":"e","node":"n","msg":")" + to_string(message_id{1})
             + R"(","from":"ann@example.net","bytes":18446744073709551615,"delta":-5,"ratio":0.5,"tls":true,"none":null})");
  CHECK(line({}) == R"({"ts":")" + format_rfc3339(noon) + R"(","level":"info","event":"e","node":"n"})");
}

TEST_CASE("the time stands in each line to the millisecond", "[log]") {
  log_line out;
  for (const auto step : {0ms, 1ms, 957ms, 958ms, 2000ms, -3000ms}) {
    const auto at = noon + step;
    const auto text = out.format(log_format::text, {at, log_level::info, "e", "n"}, {});
    CHECK(text.substr(0, 24) == format_rfc3339(at));
  }
}

TEST_CASE("text is key=value, in quotes where a space or a sign asks for them", "[log]") {
  CHECK(line({{"a", "plain"}, {"b", "two words"}, {"c", "x=\"1\""}, {"d", ""}, {"n", 7u}, {"i", message_id{1}}},
             log_format::text)
        == format_rfc3339(noon) + R"( info e a=plain b="two words" c="x=\"1\"" d="" n=7 i=)" + to_string(message_id{1}));
}

TEST_CASE("no value breaks out of its field", "[log]") {
  CHECK(shown("a\"b\\c") == R"("a\"b\\c")");
  CHECK(shown("\r\n\t") == R"("\r\n\t")");
  CHECK(shown(std::string_view("\0\x1b[2J\x7f", 6)) == R"("\u0000\u001b[2J\u007f")");
  CHECK(shown("\xC2\x85") == R"("\u0085")");
  CHECK(shown("m\xC3\xBCller \xE2\x82\xAC \xF0\x9F\x93\xA8") == "\"m\xC3\xBCller \xE2\x82\xAC \xF0\x9F\x93\xA8\"");
}

TEST_CASE("what is no UTF-8 is replaced, byte by byte", "[log]") {
  const std::string bad = "\xEF\xBF\xBD";
  const auto [bytes, times] = GENERATE(table<std::string, int>({
    {"\xFF", 1}, {"\x80", 1}, {"\xC3", 1}, {"\xC0\xAF", 2}, {"\xE0\x80\x80", 3}, {"\xED\xA0\x80", 3},
    {"\xF4\x90\x80\x80", 4}, {"\xF0\x9F\x93", 3}, {"\xF8\x88\x80\x80\x80", 5}, {"\xE2\x82", 2},
  }));
  std::string expected = "\"a";
  for (int i = 0; i < times; ++i)
    expected += bad;
  CHECK(shown("a" + bytes + "b") == expected + "b\"");
  CHECK(shown("a" + bytes) == expected + "\"");
}

TEST_CASE("a value above the bound is cut, and not through a character", "[log]") {
  CHECK(shown(std::string(log_value_bytes_max, 'x')).size() == log_value_bytes_max + 2);
  CHECK(shown(std::string(log_value_bytes_max + 1, 'x')) == "\"" + std::string(log_value_bytes_max - 3, 'x') + "...\"");
  for (const auto* const shift : {"", "x", "xx", "xxx"}) {
    std::string value = shift;
    while (value.size() <= log_value_bytes_max)
      value += "\xF0\x9F\x93\xA8";
    const auto text = shown(value);
    CHECK(text.ends_with("\xF0\x9F\x93\xA8...\""));
    CHECK(text.size() <= log_value_bytes_max + 2);
  }
  const auto text = line({{"k", std::string(600, 'x')}}, log_format::text);
  CHECK(text.ends_with("x...\""));
}

TEST_CASE("fields that make a line too long are left out whole, and the line says so", "[log]") {
  const std::string long_value(log_value_bytes_max, '\x01'); // six bytes for each
  const auto text = line({{"a", 1}, {"b", long_value}, {"c", long_value}, {"d", 4}});
  CHECK(text.ends_with(R"(,"d":4,"cut":true})"));
  CHECK(text.find("\"b\"") != text.npos);
  CHECK(text.find("\"c\"") == text.npos);
  CHECK(line({{"b", long_value}, {"c", long_value}, {"d", 4}}, log_format::text).ends_with(" d=4 cut=true"));
}

TEST_CASE("the level decides what is written, and can change", "[log]") {
  std::ostringstream out;
  event_log log({"n", log_level::info, log_format::text}, out);
  log.debug("quiet");
  log.info("loud");
  log.set_level(log_level::trace);
  log.trace("fine");
  log.set_level(log_level::error);
  log.warn("quiet");
  log.error("broken", {{"why", "x"}});
  CHECK(count(out.str(), "\n") == 3);
  CHECK(count(out.str(), "quiet") == 0);
  CHECK(count(out.str(), " error broken why=x\n") == 1);
}

TEST_CASE("each line is whole when several threads log", "[log]") {
  std::ostringstream out;
  {
    event_log log({"n", log_level::info, log_format::text}, out);
    const auto work = [&log](const char* who) {
      for (int i = 0; i < 500; ++i)
        log.info("message_received", {{"who", who}});
    };
    std::thread a(work, "aaaa"), b(work, "bbbb");
    a.join();
    b.join();
  }
  CHECK(count(out.str(), "info message_received who=aaaa\n") == 500);
  CHECK(count(out.str(), "info message_received who=bbbb\n") == 500);
}

TEST_CASE("a warning that repeats is written ten times a second, then counted", "[log]") {
  log_limiter limiter;
  for (unsigned i = 0; i < log_repeats_max; ++i)
    CHECK(limiter.admit("w", noon));
  CHECK_FALSE(limiter.admit("w", noon + 999ms));
  CHECK_FALSE(limiter.admit("w", noon + 999ms));
  CHECK(limiter.admit("other", noon));
  CHECK(limiter.due() == noon + 1s);
  CHECK(limiter.take_over(noon + 999ms).empty());
  const auto held = limiter.take_over(noon + 1s);
  REQUIRE(held.size() == 1);
  CHECK(held[0].event == "w");
  CHECK(held[0].count == 2);
  CHECK_FALSE(limiter.due());
  CHECK(limiter.admit("w", noon + 1s));
}

TEST_CASE("a clock that goes back does not silence warnings", "[log]") {
  log_limiter limiter;
  for (unsigned i = 0; i < log_repeats_max; ++i)
    CHECK(limiter.admit("w", noon));
  CHECK(limiter.admit("w", noon - 24h));
}

TEST_CASE("the names that the limiter knows are bounded", "[log]") {
  log_limiter limiter;
  for (std::size_t i = 0; i < log_names_max; ++i)
    CHECK(limiter.admit("e" + std::to_string(i), noon));
  for (unsigned i = 0; i < 3 * log_repeats_max; ++i)
    CHECK(limiter.admit("one_more", noon));
  for (unsigned i = 0; i < log_repeats_max; ++i)
    CHECK(limiter.admit("one_more", noon + 1s));
  CHECK_FALSE(limiter.admit("one_more", noon + 1s));
}

TEST_CASE("events about mail are never left out, and nothing is counted in silence", "[log]") {
  std::ostringstream out;
  {
    event_log log({"n", log_level::info, log_format::text}, out);
    for (int i = 0; i < 100; ++i) {
      log.warn("message_rejected");
      log.info("message_received");
      log.warn("breaker_changed");
    }
  }
  CHECK(count(out.str(), " message_rejected\n") == 100);
  CHECK(count(out.str(), " message_received\n") == 100);
  const auto written = count(out.str(), " breaker_changed\n");
  CHECK(written >= log_repeats_max);
  CHECK(count(out.str(), " warn log_suppressed of=breaker_changed count=") >= 1);
}

namespace {

spdlog::details::log_msg as_message(const std::string& text) {
  return {{}, {}, spdlog::level::info, {text.data(), text.size()}};
}

} // namespace

TEST_CASE("a reader that has gone costs its lines and nothing else", "[log]") {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> pipe{};
  REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
  std::atomic<std::uint64_t> lost{0};
  descriptor_sink sink(pipe[1], lost);
  const std::string text = "line\n";
  sink.log(as_message(text));
  CHECK(lost == 0);
  ::close(pipe[0]);
  sink.log(as_message(text));
  CHECK(lost == 1);
  ::close(pipe[1]);
  sink.log(as_message(text)); // closed altogether
  CHECK(lost == 2);
  std::signal(SIGPIPE, before);
}

TEST_CASE("a full disk costs lines and nothing else", "[log]") {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  std::atomic<std::uint64_t> lost{0};
  descriptor_sink sink(full, lost);
  const std::string text = "line\n";
  sink.log(as_message(text));
  CHECK(lost == 1);
  ::close(full);
}

TEST_CASE("a reader that has fallen behind is waited for once, then loses lines", "[log]") {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
  REQUIRE(::fcntl(pipe[1], F_SETPIPE_SZ, 4096) >= 4096);
  std::atomic<std::uint64_t> lost{0};
  descriptor_sink sink(pipe[1], lost);
  std::string text(100, 'x');
  text.back() = '\n';
  const auto began = steady_now();
  for (int i = 0; i < 1000; ++i)
    sink.log(as_message(text));
  CHECK(lost >= 900);
  CHECK(steady_now() - began < 5s); // not a thousand waits of log_write_wait_max
  std::array<char, 8192> read{};
  REQUIRE(::read(pipe[0], read.data(), read.size()) > 0);
  const auto lost_then = lost.load();
  sink.log(as_message(text));
  CHECK(lost == lost_then); // and it is back
  ::close(pipe[0]);
  ::close(pipe[1]);
}
