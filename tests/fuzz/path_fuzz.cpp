// Paths: what is read prints as a path that reads the same, and the rest is the tail.

#include "net/core/expect.hpp"
#include "net/smtp/path.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe;
  using namespace troupe::smtp;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  for (const auto kind : {path_kind::reverse, path_kind::forward}) {
    const auto read = parse_path(text, kind, utf8::allowed);
    if (!read)
      continue;
    TROUPE_EXPECT(text.ends_with(read->rest));
    TROUPE_EXPECT(kind == path_kind::reverse || !read->who.is_null());
    const auto printed = '<' + to_string(read->who) + '>';
    const auto again = parse_path(printed, kind, utf8::allowed);
    TROUPE_EXPECT(again && again->who == read->who && again->rest.empty());
  }
  return 0;
}
