#include "net/core/base64.hpp"

#include <catch2/catch.hpp>

using namespace troupe;

TEST_CASE("base64: the examples of RFC 4648 go there and back", "[core]") {
  const auto [bytes, text] = GENERATE(table<std::string, std::string>({
    {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}, {std::string{"\0\xff\x80", 3}, "AP+A"},
  }));
  CHECK(encode_base64(bytes) == text);
  CHECK(decode_base64(text) == bytes);
}

TEST_CASE("base64: what is not the one text for its bytes is refused", "[core]") {
  const auto* const text = GENERATE("Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zm9v\r\n", "Zm9v ", "Zh==",
                                    "Zm9=", "Z=9v", "Zm9-", "Zm9\xc3");
  CHECK_FALSE(decode_base64(text).has_value());
}
