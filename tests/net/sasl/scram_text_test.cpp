#include "net/sasl/scram_text.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::sasl;

TEST_CASE("SCRAM: the client's first message is taken apart", "[sasl]") {
  const auto read = parse_client_first("p=tls-exporter,a=an=3Dn,n=an=3Dn=2C,r=abc,x=later");
  REQUIRE(read);
  CHECK(read->flag == binding_flag::used);
  CHECK(read->binding == "tls-exporter");
  CHECK(read->authzid == "an=n");
  CHECK(read->user == "an=n,");
  CHECK(read->nonce == "abc");
  CHECK(read->gs2 == "p=tls-exporter,a=an=3Dn,");
  CHECK(read->bare == "n=an=3Dn=2C,r=abc,x=later");
}

TEST_CASE("SCRAM: a first message that breaks the grammar is refused", "[sasl]") {
  const std::string text = GENERATE(
    "", "n", "n,", "n,,", "n,,n=a", "n,,n=,r=abc", "n,,n=a,r=", "n,,r=abc,n=a", "x,,n=a,r=abc", "n=1,,n=a,r=abc", "p=,,n=a,r=abc",
    "p=tls exporter,,n=a,r=abc", "n,b=c,n=a,r=abc", "n,a=,n=a,r=abc", "n,,m=x,n=a,r=abc", "n,,n=a=2c,r=abc", "n,,n=a=,r=abc",
    "n,,n=a,r=a\xc3\xa4", "n,,n=a\xff,r=abc", "n,,n=a,r=a b", "n,,n=a,r=abc,", "n,,n=a,r=abc,x", "n,,n=a,r=abc,=x",
    std::string("n,,n=a\0,r=abc", 13), "n,,n=a,r=" + std::string(257, 'x'), "n,,n=" + std::string(5000, 'x') + ",r=abc");
  CAPTURE(text);
  CHECK_FALSE(parse_client_first(text));
}

TEST_CASE("SCRAM: the client's final message is taken apart, or refused", "[sasl]") {
  const auto read = parse_client_final("c=biws,r=abcdef,x=y,p=Zm9v");
  REQUIRE(read);
  CHECK(read->binding == "n,,");
  CHECK(read->nonce == "abcdef");
  CHECK(read->proof == "foo");
  CHECK(read->without_proof == "c=biws,r=abcdef,x=y");
  const std::string text
    = GENERATE("", "c=biws,r=abc", "c=biws,p=Zm9v", "r=abc,c=biws,p=Zm9v", "c=biw,r=abc,p=Zm9v", "c=biws,r=,p=Zm9v",
               "c=biws,r=abc,p=Zm9", "c=biws,r=abc,p=", "c=biws,r=abc,x,p=Zm9v", "p=Zm9v", ",p=Zm9v");
  CAPTURE(text);
  const auto bad = parse_client_final(text);
  CHECK((!bad || bad->proof.empty()));
}
