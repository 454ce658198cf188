#include "app/troupectl/fields.hpp"
#include "app/troupectl/print.hpp"
#include "app/troupectl/table.hpp"
#include "app/words/terminal_text.hpp"

#include <ostream>

namespace troupe::app {

void print_routes(std::ostream& to, const json& routes) {
  table rows({{"ROUTE"},
              {"STATE"},
              {"READY", align::right},
              {"IN HAND", align::right},
              {"SESSIONS", align::right},
              {"WINDOW", align::right},
              {"RATE"},
              {"BREAKER"},
              {"DELIVERED", align::right},
              {"DEFERRED", align::right},
              {"FAILED", align::right},
              {"LAST REPLY", align::left, 100}});
  for (const auto& each : list_of(routes, "routes")) {
    auto state = text_of(each, "state");
    for (const char* span : {"rests_for_seconds", "suspended_seconds"})
      if (number_of(each, span) > 0)
        state += " " + span_of(each, span);
    rows.add({text_of(each, "name"), state, text_of(each, "ready"), text_of(each, "in_hand"),
              text_of(each, "sessions"), text_of(each, "window"), text_of(each, "rate"),
              text_of(part_of(each, "breaker"), "state"), text_of(each, "delivered"),
              text_of(each, "deferred"), text_of(each, "failed"), text_of(each, "last_reply")});
  }
  if (rows.is_empty())
    to << "No routes: nothing is on its way.\n";
  else
    rows.print(to);
  const auto listed = static_cast<std::int64_t>(list_of(routes, "routes").size());
  if (const auto more = number_of(routes, "count") - listed; more > 0)
    to << "... and " << more << " more\n";
  for (const auto& each : list_of(routes, "suspended"))
    to << "suspended: " << terminal_line(text_of(each, "name")) << ", for another "
       << span_of(each, "left_seconds") << '\n';
}

void print_way(std::ostream& to, const json& way) {
  const auto line = [&](const char* name, const std::string& value) {
    to << name << std::string(12 - std::string_view(name).size(), ' ') << terminal_line(value) << '\n';
  };
  line("address", text_of(way, "address"));
  line("rule", text_of(way, "rule_words"));
  line("next hop", text_of(way, "next_hop") + " (" + text_of(way, "kind") + ")");
  if (way.contains("path"))
    line("path", text_of(way, "path"));
  if (way.contains("reply"))
    line("reply", text_of(way, "reply"));
  const auto& terms = part_of(way, "terms");
  line("terms", "at most " + text_of(terms, "connections") + " connections, "
                  + text_of(terms, "messages_per_connection") + " messages each, TLS "
                  + text_of(terms, "tls")
                  + (terms.contains("rate") ? ", " + text_of(terms, "rate") : std::string{}));
  if (way.contains("route"))
    line("route", text_of(way, "route"));
  if (!way.contains("dns"))
    return;
  const auto& dns = part_of(way, "dns");
  if (dns.contains("silent"))
    return line("dns", "no answer: " + text_of(dns, "silent"));
  if (dns.contains("refusal"))
    return line("dns", text_of(dns, "refusal"));
  line("dns", (dns.value("implicit_mx", false) ? "no MX record: the domain's own address" : "answered")
                + std::string(", valid for ") + span_of(dns, "valid_seconds"));
  table hosts({{"PREFERENCE", align::right}, {"HOST"}, {"ADDRESSES", align::left, 200}});
  for (const auto& each : list_of(dns, "hosts")) {
    std::string all;
    for (const auto& at : list_of(each, "addresses"))
      all += (all.empty() ? "" : " ") + (at.is_string() ? at.get<std::string>() : at.dump());
    hosts.add({text_of(each, "preference"), text_of(each, "name"), all});
  }
  hosts.print(to);
  for (const auto& each : list_of(way, "tls"))
    line("tls", text_of(each, "host") + ": " + text_of(each, "level") + " (" + text_of(each, "why") + ')');
  if (const auto& sts = part_of(way, "mta_sts"); sts.contains("silent"))
    line("mta-sts", "no answer: " + text_of(sts, "silent"));
}

} // namespace troupe::app
