#include "app/config/print_config.hpp"
#include "tests/app/config/parsing.hpp"

#include <catch2/catch.hpp>

#include <cctype>
#include <fstream>
#include <set>
#include <sstream>

using namespace troupe::app;

namespace {

enum class uncomment { nothing, defaults, everything };

std::string deployed(uncomment what) {
  std::ifstream file(TROUPE_SOURCE_DIR "/deploy/troupe.toml");
  REQUIRE(file);
  std::string text;
  for (std::string line; std::getline(file, line);) {
    const bool is_default = line.size() > 1 && line[0] == '#'
                            && (line[1] == '[' || std::islower(static_cast<unsigned char>(line[1])));
    if (is_default && what != uncomment::nothing)
      line.erase(0, 1);
    else if (line.starts_with("#: ") && what == uncomment::everything)
      line.erase(0, 3);
    text += line + "\n";
  }
  return text;
}

/// "limits.idle" for every key of every table.
std::set<std::string> keys_of(const std::string& toml) {
  std::set<std::string> keys;
  std::string table;
  std::istringstream text(toml);
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with('['))
      table = line.substr(line.find_first_not_of('['), line.find(']') - line.find_first_not_of('['));
    else if (const auto equals = line.find(" ="); !line.starts_with('#') && equals != line.npos)
      keys.insert(table + "." + line.substr(0, equals));
  }
  return keys;
}

} // namespace

TEST_CASE("the deployed file says nothing as it is", "[config]") {
  const auto parsed = parse(deployed(uncomment::nothing));
  CHECK(errors_of(deployed(uncomment::nothing)) == lines{});
  CHECK(parsed.value == parse("").value);
}

TEST_CASE("every default in the deployed file is the default", "[config]") {
  const auto text = deployed(uncomment::defaults);
  CHECK(keys_of(text).size() > 80);
  CHECK(errors_of(text) == lines{});
  CHECK(print_config(parse(text).value) == print_config(parse("").value));
  CHECK(parse(text).value == parse("").value);
}

TEST_CASE("every example in the deployed file is valid", "[config]") {
  CHECK(errors_of(deployed(uncomment::everything), feature_set::as_planned) == lines{});
}

TEST_CASE("the deployed file names every key there is", "[config]") {
  const auto text = deployed(uncomment::everything);
  CHECK(keys_of(text) == keys_of(print_config(parse(text, feature_set::as_planned).value)));
}
