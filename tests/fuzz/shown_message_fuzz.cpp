// Rows of a damaged queue that an operator looks at: whatever they hold, they can be
// filtered, counted and shown.

#include "app/admin/message_json.hpp"
#include "app/admin/queue_survey.hpp"
#include "net/core/expect.hpp"
#include "storage/message_codec.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const auto mail = storage::unpack_message({1}, bytes);
  if (!mail)
    return 0;
  const wall_time now{std::chrono::hours{24 * 365 * 56}};
  app::message_filter filter;
  filter.older = seconds{60};
  filter.to = "*@*";
  (void)filter.takes(*mail, now);
  app::queue_survey survey{now};
  survey.add(*mail);
  (void)survey.busiest(10);
  for (const auto& shown : {app::list_json(app::list_message(*mail, 0), 0, now),
                            app::message_json(*mail, 0, now)})
    TROUPE_EXPECT(app::json::parse(app::dump(shown), nullptr, false).is_object());
  return 0;
}
