#include "net/sasl/crypt_hash.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::sasl;

TEST_CASE("crypt: a hash that we made is yescrypt and knows its password only", "[sasl]") {
  const auto made = make_crypt_hash("sesame", std::string(crypt_random_bytes, 'r'));
  REQUIRE(made);
  CHECK(made->starts_with("$y$"));
  CHECK(check_crypt_hash(*made));
  CHECK(matches(*made, "sesame"));
  CHECK_FALSE(matches(*made, "sesam"));
  CHECK_FALSE(matches(*made, ""));
  CHECK_FALSE(matches(*made, std::string(512, 's')));
  CHECK_FALSE(matches(*made, std::string("sesame\0x", 8)));
}

TEST_CASE("crypt: hashes of other programs are known", "[sasl]") {
  const std::string hash = GENERATE("$2b$05$abcdefghijklmnopqrstuuQbZ0l5gDD.3Y8r6f2lYiV4Y9M0YQX1q",
                                    "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/");
  CAPTURE(hash);
  CHECK(check_crypt_hash(hash));
}

TEST_CASE("crypt: plain text, weak hashes and those that take too long are refused", "[sasl]") {
  const std::string hash
    = GENERATE("", "secret", "{PLAIN}secret-and-more-of-it", "rqXexS6ZhobKA", "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
               "$2b$16$abcdefghijklmnopqrstuuQbZ0l5gDD.3Y8r6f2lYiV4Y9M0YQX1q", "$2b$", "$6$rounds=5000001$saltsalt$xxxxxxxxxxxxxxxx",
               "$6$rounds=x$saltsalt$xxxxxxxxxxxxxxxx", "$y$jFT$abcdefghijklmnopqrstu$abcdefghijk", "$$$$$$$$$$$$$$$$$$$$$$$$$",
               "$6$salt salt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4", "$y$j9T$abc\x01xxxxxxxxxxxxxxxxxxxx");
  CAPTURE(hash);
  CHECK_FALSE(check_crypt_hash(hash));
}
