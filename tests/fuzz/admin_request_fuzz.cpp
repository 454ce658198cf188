// What an operator's program may post: never is nothing taken for all, a refusal is a
// JSON document in ASCII, and a glob agrees with its definition.

#include "app/admin/glob.hpp"
#include "app/admin/json_answer.hpp"
#include "app/admin/queue_acts.hpp"
#include "net/core/address_text.hpp"
#include "net/core/expect.hpp"
#include "net/io/http_pattern.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using namespace troupe;
using namespace troupe::app;

/// The definition, letter by letter; for short texts only.
bool fits(std::string_view pattern, std::string_view text) {
  if (pattern.empty())
    return text.empty();
  if (pattern.front() == '*')
    return fits(pattern.substr(1), text) || (!text.empty() && fits(pattern, text.substr(1)));
  return !text.empty() && (pattern.front() == '?' || to_lower(pattern.front()) == to_lower(text.front()))
         && fits(pattern.substr(1), text.substr(1));
}

void expect_plain(const io::http_response& refused) {
  TROUPE_EXPECT(std::all_of(refused.body.begin(), refused.body.end(),
                            [](char c) { return is_printable(c) || c == '\n'; }));
  TROUPE_EXPECT(json::parse(refused.body, nullptr, false).is_object());
}

void check_act(const std::string& body) {
  const auto act = parse_act(body);
  if (!act) {
    expect_plain(refuse(act.error()));
    return;
  }
  const auto given = json::parse(body);
  if (act->ids.empty()) {
    TROUPE_EXPECT(!act->filter.is_empty() || (given.contains("all") && given["all"] == true));
    return;
  }
  TROUPE_EXPECT(act->filter.is_empty() && act->ids.size() <= acted_ids_max);
  TROUPE_EXPECT(std::is_sorted(act->ids.begin(), act->ids.end()));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body{reinterpret_cast<const char*>(data), size};
  check_act(body);
  const auto end = std::min(body.find('\n'), body.size());
  const std::string_view pattern = std::string_view{body}.substr(0, std::min<std::size_t>(end, 6));
  const std::string_view text = std::string_view{body}.substr(end).substr(0, 12);
  TROUPE_EXPECT(matches_glob(pattern, text) == fits(pattern, text));
  const auto parts = io::match_path("/v1/queue/messages/{id}/why", body);
  TROUPE_EXPECT(!parts || !parts->at("id").empty());
  (void)io::match_path("/v1/actors/{path...}", body);
  return 0;
}
