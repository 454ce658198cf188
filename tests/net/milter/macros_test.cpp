#include "net/milter/macros.hpp"

#include <catch2/catch.hpp>

using namespace troupe::milter;
using namespace std::string_literals;

TEST_CASE("milter macros: only what is known and wanted is told", "[milter]") {
  const macro_values values{{"i", "1"}, {"rcpt_addr", "bob"}, {"secret", "x"}, {"rcpt_host", ""}};
  const macro_wishes wishes;
  CHECK(macro_data('R', wishes.at(stage::rcpt), values) == "Ri\0001\0{rcpt_addr}\0bob\0"s);
  CHECK(macro_data('H', wishes.at(stage::helo), values) == std::nullopt);
}

TEST_CASE("milter macros: a list is read with or without braces and commas", "[milter]") {
  macro_wishes wishes;
  wishes.set(stage::mail, " i,{mail_addr}\t{j} bad-name {} ");
  CHECK(wishes.at(stage::mail) == std::vector<std::string>{"i", "mail_addr", "j"});
  wishes.set(stage::mail, "");
  CHECK(wishes.at(stage::mail).empty());
}

TEST_CASE("milter macros: a list has a bound", "[milter]") {
  macro_wishes wishes;
  std::string list;
  for (int i = 0; i < 1000; ++i)
    list += "m" + std::to_string(i) + ' ';
  wishes.set(stage::data, list);
  CHECK(wishes.at(stage::data).size() == macro_names_max);
}
