#include "app/troupectl/top_frame.hpp"

#include "app/troupectl/fields.hpp"
#include "app/troupectl/print.hpp"
#include "app/troupectl/table.hpp"
#include "app/words/terminal_text.hpp"

#include <algorithm>
#include <sstream>

namespace troupe::app {

namespace {

constexpr std::size_t faults_shown_max = 4;

using printer = void (*)(std::ostream&, const json&);

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream from(text);
  for (std::string line; std::getline(from, line);)
    lines.push_back(std::move(line));
  return lines;
}

struct section {
  std::string title;
  std::vector<std::string> lines; ///< A head of columns first; empty: not shown.
};

section section_of(const char* title, const json& document, const char* key, printer print) {
  section made{title, {}};
  if (list_of(document, key).empty())
    return made;
  std::ostringstream text;
  print(text, document);
  made.lines = lines_of(text.str());
  return made;
}

std::string words_of(const json& each) {
  return each.is_string() ? each.get<std::string>() : each.dump();
}

void add_head(std::vector<std::string>& to, const top_data& data) {
  const auto& status = data.status;
  const auto& queue = part_of(status, "queue");
  const auto& rates = part_of(status, "rates");
  if (!data.trouble.empty())
    to.push_back("!! " + data.trouble);
  if (status.empty())
    return;
  to.push_back(text_of(status, "node") + "  up " + span_of(status, "uptime_seconds") + "  "
               + (status.value("ready", false) ? "ready" : "NOT READY") + "   (q leaves)");
  to.push_back("in " + text_of(rates, "in_per_second") + "/s   out " + text_of(rates, "out_per_second")
               + "/s   sessions " + text_of(status, "sessions") + "   actors "
               + text_of(data.actors, "count"));
  to.push_back("queue " + text_of(queue, "queued") + " queued, " + text_of(queue, "held") + " held, "
               + size_of(queue, "bytes") + ", oldest " + span_of(queue, "oldest_seconds"));
  std::size_t shown = 0;
  for (const char* key : {"reasons", "degraded"})
    for (const auto& each : list_of(status, key))
      if (shown++ < faults_shown_max)
        to.push_back("!! " + words_of(each));
  for (const auto& each : list_of(status, "backpressure"))
    if (shown++ < faults_shown_max)
      to.push_back("held back at " + text_of(each, "link") + ": " + text_of(each, "waiting") + " wait on average");
}

/// Breakers that are not closed: the others are no news.
json not_closed(const json& breakers) {
  json kept{{"breakers", json::array()}};
  for (const auto& each : list_of(breakers, "breakers"))
    if (text_of(each, "state") != "closed")
      kept["breakers"].push_back(each);
  return kept;
}

json without_idle_mailboxes(const json& actors) {
  json kept{{"actors", json::array()}};
  for (const auto& each : list_of(actors, "actors"))
    if (number_of(each, "mailbox") > 0 || number_of(each, "in_hand") > 0)
      kept["actors"].push_back(each);
  return kept;
}

} // namespace

std::vector<std::string> top_frame(const top_data& data, screen_size size) {
  std::vector<std::string> frame;
  add_head(frame, data);
  const section all[]{
    section_of("open breakers", not_closed(data.breakers), "breakers", print_breakers),
    section_of("pools", data.pools, "pools", print_pools),
    section_of("busiest destinations", data.routes, "routes", print_routes),
    section_of("fullest mailboxes", without_idle_mailboxes(data.actors), "actors", print_mailboxes)};
  auto left = std::count_if(std::begin(all), std::end(all), [](const auto& x) { return !x.lines.empty(); });
  for (const auto& each : all) {
    if (each.lines.empty())
      continue;
    // A title, a blank line above it, and its share of what is left below.
    const auto room = size.rows > frame.size() ? size.rows - frame.size() : 0;
    const auto share = room / static_cast<std::size_t>(left--);
    if (share < 4)
      continue;
    frame.emplace_back();
    frame.push_back(each.title);
    const auto count = std::min(each.lines.size(), share - 2);
    frame.insert(frame.end(), each.lines.begin(), each.lines.begin() + static_cast<std::ptrdiff_t>(count));
  }
  if (frame.size() > size.rows)
    frame.resize(size.rows);
  for (auto& line : frame)
    line = cut(terminal_line(line), size.columns);
  return frame;
}

} // namespace troupe::app
