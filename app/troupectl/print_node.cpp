#include "app/troupectl/fields.hpp"
#include "app/troupectl/print.hpp"
#include "app/words/terminal_text.hpp"

#include <ostream>

namespace troupe::app {

void print_status(std::ostream& to, const json& status) {
  const auto& queue = part_of(status, "queue");
  const auto& rates = part_of(status, "rates");
  const auto& totals = part_of(status, "totals");
  const bool ready = status.value("ready", false);
  const auto line = [&](const char* name, const std::string& value) {
    to << name << std::string(12 - std::string_view(name).size(), ' ') << terminal_line(value)
       << '\n';
  };
  line("node", text_of(status, "node") + " (" + text_of(status, "hostname") + "), trouped "
                 + text_of(status, "version") + ", pid " + text_of(status, "pid"));
  line("uptime", span_of(status, "uptime_seconds"));
  line("health", ready ? "ready" : "not ready");
  for (const auto& each : list_of(status, "reasons"))
    line("", each.is_string() ? each.get<std::string>() : each.dump());
  for (const auto& each : list_of(status, "degraded"))
    line("", "degraded: " + (each.is_string() ? each.get<std::string>() : each.dump()));
  line("sessions", text_of(status, "sessions"));
  line("queue", text_of(queue, "queued") + " queued, " + text_of(queue, "held") + " held, "
                  + size_of(queue, "bytes")
                  + (queue.value("complete", true) ? "" : " (still counting)"));
  if (number_of(queue, "queued") + number_of(queue, "held") > 0)
    line("", "oldest " + span_of(queue, "oldest_seconds") + ", empty in "
               + (part_of(status, "queue").value("drain_estimate_seconds", json()).is_null()
                    ? "? (nothing leaves)"
                    : span_of(queue, "drain_estimate_seconds")));
  line("rates",
       text_of(rates, "in_per_second") + "/s in, " + text_of(rates, "out_per_second") + "/s out");
  line("since start", text_of(totals, "received") + " received, " + text_of(totals, "delivered")
                        + " delivered, " + text_of(totals, "deferred") + " deferred, "
                        + text_of(totals, "bounced") + " bounced");
  for (const auto& each : list_of(status, "open_breakers"))
    line("breaker", text_of(each, "name") + " is " + text_of(each, "state")
                      + (each.contains("last_reason") ? ": " + text_of(each, "last_reason") : std::string{}));
  if (const auto more = number_of(status, "open_breakers_more"); more > 0)
    line("", "and " + std::to_string(more) + " more (troupectl breakers)");
  for (const auto& each : list_of(status, "backpressure"))
    line("held back", "at " + text_of(each, "link") + ", where " + text_of(each, "waiting") + " wait on average");
  line("log level", text_of(status, "log_level"));
}

} // namespace troupe::app
