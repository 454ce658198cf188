// Any text as troupe.toml: it is refused with places, or it prints as a
// configuration that reads back as itself.

#include "app/config/print_config.hpp"
#include "app/config/parse_config.hpp"
#include "net/core/expect.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe::app;
  surroundings around;
  around.host_name = "host.test";
  around.features = feature_set::as_planned;
  around.environment = [](const std::string& name) -> std::optional<std::string> {
    return name == "A" ? std::optional<std::string>("${A}{data_dir}") : std::nullopt;
  };
  const auto parsed = parse_config({reinterpret_cast<const char*>(data), size}, "f", around);
  if (!parsed.ok()) {
    for (const auto& each : parsed.errors)
      TROUPE_EXPECT(!to_string(each).empty());
    return 0;
  }
  const auto& value = parsed.value;
  bool has_secrets = !value.admin.token.empty();
  for (const auto& rule : value.routes)
    has_secrets = has_secrets || !rule.auth.empty();
  const auto again = parse_config(print_config(value), "p", around);
  if (!has_secrets)
    TROUPE_EXPECT(again.ok() && again.value == value);
  return 0;
}
