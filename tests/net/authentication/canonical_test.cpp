#include "net/authentication/canonical.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::authentication;

namespace {

std::string header(std::string_view whole, canonical_form form) {
  std::string out;
  append_canonical(out, whole, form);
  return out;
}

std::string body(std::string_view bytes, canonical_form form, std::size_t piece = 1'000'000,
                 std::uint64_t length = body_digest::all) {
  body_digest digest{form, length};
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    digest.take(bytes.substr(at, piece));
  return digest.finish();
}

} // namespace

TEST_CASE("canonical: the example of RFC 6376 section 3.4.5", "[authentication]") {
  CHECK(header("A: X\r\n", canonical_form::relaxed) == "a:X\r\n");
  CHECK(header("B : Y\t\r\n\tZ  \r\n", canonical_form::relaxed) == "b:Y Z\r\n");
  CHECK(header("B : Y\t\r\n\tZ  \r\n", canonical_form::simple) == "B : Y\t\r\n\tZ  \r\n");
  const std::string text = " C \r\nD \t E\r\n\r\n\r\n";
  CHECK(body(text, canonical_form::relaxed) == sha256_of(" C\r\nD E\r\n"));
  CHECK(body(text, canonical_form::simple) == sha256_of(" C \r\nD \t E\r\n"));
}

TEST_CASE("canonical: an empty body is a line end, or nothing at all", "[authentication]") {
  const auto* const text = GENERATE("", "\r\n", "\r\n\r\n\r\n");
  CHECK(body(text, canonical_form::simple) == sha256_of("\r\n"));
  CHECK(body(text, canonical_form::relaxed) == sha256_of(""));
  CHECK(body(" \t\r\n \r\n", canonical_form::relaxed) == sha256_of(""));
}

TEST_CASE("canonical: a last line without its end gets one, and a bare CR is a byte", "[authentication]") {
  CHECK(body("a", canonical_form::simple) == sha256_of("a\r\n"));
  CHECK(body("a \r\n\r\nb\t", canonical_form::relaxed) == sha256_of("a\r\n\r\nb\r\n"));
  CHECK(body("a\rb\r", canonical_form::simple) == sha256_of("a\rb\r\r\n"));
  CHECK(body("a \r b", canonical_form::relaxed) == sha256_of("a \r b\r\n"));
  CHECK(body("a\nb\r\n", canonical_form::relaxed) == sha256_of("a\nb\r\n"));
}

TEST_CASE("canonical: where a body is split means nothing", "[authentication]") {
  const std::string text = "one  two \t\r\n\r\n \r\n\tthree\r\r\nfour \r\n\r\n";
  const auto form = GENERATE(canonical_form::simple, canonical_form::relaxed);
  for (std::size_t piece = 1; piece < text.size(); ++piece)
    CHECK(body(text, form, piece) == body(text, form));
}

TEST_CASE("canonical: a length counts canonical bytes and tells what is left", "[authentication]") {
  body_digest cut{canonical_form::relaxed, 3};
  cut.take("a  b\r\nmore\r\n");
  CHECK(cut.finish() == sha256_of("a b"));
  CHECK(cut.unsigned_bytes() == 8);
  CHECK(cut.missing_bytes() == 0);
  body_digest beyond{canonical_form::simple, 100};
  beyond.take("a\r\n");
  CHECK(beyond.finish() == sha256_of("a\r\n"));
  CHECK(beyond.missing_bytes() == 97);
}

TEST_CASE("canonical: a million empty lines in the middle are all there", "[authentication]") {
  std::string lines;
  for (int i = 0; i < 1'000'000; ++i)
    lines += "\r\n";
  CHECK(body("a" + lines + "b", canonical_form::simple) == sha256_of("a" + lines + "b\r\n"));
  CHECK(body("a" + lines, canonical_form::simple) == sha256_of("a\r\n"));
}
