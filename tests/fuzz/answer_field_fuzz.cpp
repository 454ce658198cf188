// Answers of a daemon of another version: whatever stands where a field is looked for,
// troupectl has words for it.

#include "app/troupectl/fields.hpp"
#include "net/core/expect.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe::app;
  const auto answer = json::parse(data, data + size, nullptr, false);
  if (answer.is_discarded())
    return 0;
  const json wrapped{{"x", answer}};
  for (const auto* from : {&answer, &wrapped}) {
    TROUPE_EXPECT(text_of(*from, "y") == "-" || from == &answer);
    (void)text_of(*from, "x");
    (void)number_of(*from, "x");
    TROUPE_EXPECT(!span_of(*from, "x").empty());
    TROUPE_EXPECT(!size_of(*from, "x").empty());
    TROUPE_EXPECT(list_of(*from, "x").is_array() && part_of(*from, "x").is_object());
  }
  return 0;
}
