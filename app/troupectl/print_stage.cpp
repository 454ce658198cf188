#include "app/troupectl/fields.hpp"
#include "app/troupectl/print.hpp"
#include "app/troupectl/table.hpp"
#include "app/words/terminal_text.hpp"

#include <ostream>

namespace troupe::app {

void print_mailboxes(std::ostream& to, const json& actors) {
  table rows({{"ACTOR"},
              {"STATE"},
              {"MAILBOX", align::right},
              {"LIMIT", align::right},
              {"IN HAND", align::right},
              {"HANDLED", align::right},
              {"REFUSED", align::right}});
  for (const auto& each : list_of(actors, "actors"))
    rows.add({text_of(each, "path"), text_of(each, "state"), text_of(each, "mailbox"),
              text_of(each, "mailbox_limit"), text_of(each, "in_hand"), text_of(each, "handled"),
              text_of(each, "refused")});
  rows.print(to);
}

void print_pools(std::ostream& to, const json& pools) {
  table rows({{"POOL"},
              {"WORKERS", align::right},
              {"BUSY", align::right},
              {"WAITING", align::right},
              {"DONE", align::right},
              {"FAILED", align::right},
              {"REFUSED", align::right},
              {"LOST", align::right},
              {"MIN", align::right},
              {"MEAN", align::right},
              {"MAX", align::right},
              {"HEALTH", align::left, 80}});
  for (const auto& each : list_of(pools, "pools")) {
    const auto& jobs = part_of(each, "jobs");
    const auto& runs = part_of(each, "run_seconds");
    std::string health;
    for (const auto& why : list_of(each, "trouble"))
      health += (health.empty() ? "" : ", ") + (why.is_string() ? why.get<std::string>() : why.dump());
    rows.add({text_of(each, "name"),
              text_of(each, "workers") + " of " + text_of(each, "min") + "-" + text_of(each, "max"),
              text_of(each, "busy"), text_of(each, "buffered") + "/" + text_of(each, "buffer_limit"),
              text_of(jobs, "completed"), text_of(jobs, "failed"), text_of(jobs, "refused"),
              text_of(jobs, "lost"), precise_span_of(runs, "min"), precise_span_of(runs, "mean"),
              precise_span_of(runs, "max"), health.empty() ? "well" : health});
  }
  if (rows.is_empty())
    to << "No pools.\n";
  else
    rows.print(to);
}

void print_breakers(std::ostream& to, const json& breakers) {
  table rows({{"BREAKER"},
              {"STATE"},
              {"BY HAND"},
              {"OPEN FOR", align::right},
              {"REQUESTS", align::right},
              {"FAILED", align::right},
              {"OPENED", align::right},
              {"LAST REASON", align::left, 100}});
  for (const auto& each : list_of(breakers, "breakers"))
    rows.add({text_of(each, "name"), text_of(each, "state"),
              text_of(each, "forced") == "none" ? "" : text_of(each, "forced"),
              each.contains("open_seconds") ? span_of(each, "open_seconds") : "",
              text_of(each, "requests"), text_of(each, "failures"),
              text_of(part_of(each, "transitions"), "open"),
              each.contains("last_reason") ? text_of(each, "last_reason") : ""});
  if (rows.is_empty())
    to << "No breakers: nothing was asked for yet.\n";
  else
    rows.print(to);
}

} // namespace troupe::app
