#include "net/sasl/scram_verifier.hpp"

#include "net/core/base64.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::sasl;

namespace {

const std::string salt = decode_base64("W22ZaJ0SNY7soEsUEjb6gQ==").value();

} // namespace

TEST_CASE("SCRAM verifier: it is the one that PostgreSQL writes for the same password and salt", "[sasl]") {
  // Made by PostgreSQL's own formula from the password and salt of RFC 7677 §3.
  const auto made = make_scram_verifier("pencil", salt, 4096);
  REQUIRE(made);
  const auto text = to_string(*made);
  CHECK(text
        == "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
           "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
  const auto read = parse_scram_verifier(text);
  REQUIRE(read);
  CHECK(*read == *made);
  CHECK(matches(*read, "pencil"));
  CHECK_FALSE(matches(*read, "Pencil"));
  CHECK_FALSE(matches(*read, ""));
}

TEST_CASE("SCRAM verifier: a password that clients might prepare differently is refused", "[sasl]") {
  const std::string word = GENERATE("", "pa\xc3\xa4ss", "tab\tbed", std::string("nul\0l", 5));
  CHECK_FALSE(make_scram_verifier(word, salt, 4096));
}

TEST_CASE("SCRAM verifier: what is not whole or beyond the bounds is refused", "[sasl]") {
  const std::string keys = "$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
  const std::string text = GENERATE_COPY(
    "", "SCRAM-SHA-256$", "SCRAM-SHA-1$4096:W22ZaJ0SNY7soEsUEjb6gQ==" + keys, "SCRAM-SHA-256$4095:W22ZaJ0SNY7soEsUEjb6gQ==" + keys,
    "SCRAM-SHA-256$1000001:W22ZaJ0SNY7soEsUEjb6gQ==" + keys, "SCRAM-SHA-256$-4096:W22ZaJ0SNY7soEsUEjb6gQ==" + keys,
    "SCRAM-SHA-256$4096 :W22ZaJ0SNY7soEsUEjb6gQ==" + keys, "SCRAM-SHA-256$99999999999:W22ZaJ0SNY7soEsUEjb6gQ==" + keys,
    "SCRAM-SHA-256$4096:Zm9v" + keys, "SCRAM-SHA-256$4096:" + keys, "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$Zm9v:Zm9v",
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==" + keys + "x", "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==" + keys + ":more");
  CAPTURE(text);
  CHECK_FALSE(parse_scram_verifier(text));
}
