#include "app/troupectl/fields.hpp"
#include "app/troupectl/print.hpp"
#include "app/troupectl/table.hpp"
#include "app/words/duration_words.hpp"
#include "app/words/terminal_text.hpp"

#include <ostream>

namespace troupe::app {

namespace {

/// Domains that people read about; --json has more.
constexpr std::size_t printed_domains_max = 20;

void print_domains(std::ostream& to, const json& counts) {
  table domains({{"DOMAIN"},
                 {"MESSAGES", align::right},
                 {"DEFERRED", align::right},
                 {"SIZE", align::right},
                 {"OLDEST", align::right}});
  const auto& all = list_of(counts, "domains");
  for (std::size_t i = 0; i < all.size() && i < printed_domains_max; ++i) {
    const auto& each = all[i];
    domains.add({text_of(each, "domain"), text_of(each, "messages"), text_of(each, "deferred"),
                 size_of(each, "bytes"), span_of(each, "oldest_seconds")});
  }
  if (domains.is_empty())
    return;
  to << '\n';
  domains.print(to);
  if (all.size() > printed_domains_max)
    to << "... and " << all.size() - printed_domains_max << " more (--json shows them)\n";
}

void print_ages(std::ostream& to, const json& counts) {
  table ages({{"AGE"}, {"MESSAGES", align::right}});
  for (const auto& each : list_of(counts, "ages"))
    if (number_of(each, "messages") > 0)
      ages.add(
        {number_of(each, "up_to_seconds") > 0 ? "up to " + span_of(each, "up_to_seconds") : "older",
         text_of(each, "messages")});
  if (ages.is_empty())
    return;
  to << '\n';
  ages.print(to);
}

} // namespace

void print_counts(std::ostream& to, const json& counts) {
  const auto& states = part_of(counts, "states");
  to << text_of(counts, "messages") << " messages, " << size_of(counts, "bytes") << ": "
     << text_of(part_of(states, "queued"), "messages") << " queued ("
     << text_of(part_of(counts, "surveyed"), "deferred") << " of them deferred), "
     << text_of(part_of(states, "held"), "messages") << " held\n";
  if (states.contains("copy"))
    to << "Besides, copies kept for other nodes: " << text_of(part_of(states, "copy"), "messages") << ", "
       << size_of(part_of(states, "copy"), "bytes") << '\n';
  if (!counts.value("complete", true))
    to << "The counts are not complete yet.\n";
  table shards({{"SHARD"},
                {"QUEUED", align::right},
                {"HELD", align::right},
                {"SIZE", align::right},
                {"OLDEST", align::right},
                {"IN HAND", align::right},
                {"STATE"}});
  for (const auto& each : list_of(counts, "shards")) {
    const auto state = !each.value("answers", false)   ? "silent"
                       : each.value("broken", false)   ? "broken"
                       : !each.value("has_room", true) ? "full"
                                                       : "serving";
    shards.add({text_of(each, "shard"), text_of(each, "queued"), text_of(each, "held"),
                size_of(each, "bytes"), span_of(each, "oldest_seconds"),
                text_of(part_of(each, "in_memory"), "leased"), state});
  }
  to << '\n';
  shards.print(to);
  for (const auto& each : list_of(counts, "set_aside"))
    to << "shard " << text_of(each, "shard")
       << " is set aside: " << terminal_line(text_of(each, "reason")) << '\n';
  print_domains(to, counts);
  print_ages(to, counts);
  const auto& surveyed = part_of(counts, "surveyed");
  if (surveyed.value("cut", false))
    to << "\nDomains and ages are those of " << text_of(surveyed, "messages")
       << " messages; the queue is longer than what is looked through at once.\n";
}

void print_list(std::ostream& to, const json& list) {
  table rows({{"ID"},
              {"STATE"},
              {"AGE", align::right},
              {"SIZE", align::right},
              {"TRIES", align::right},
              {"NEXT", align::right},
              {"FROM", align::left, 40},
              {"TO", align::left, 40},
              {"REASON", align::left, 100}});
  for (const auto& each : list_of(list, "messages")) {
    const auto& recipients = list_of(each, "to");
    std::string to_whom
      = recipients.empty() || !recipients[0].is_string() ? "-" : recipients[0].get<std::string>();
    if (const auto more = number_of(each, "recipients") - 1; more > 0)
      to_whom += " +" + std::to_string(more);
    rows.add({text_of(each, "id"), text_of(each, "state"), span_of(each, "age_seconds"),
              size_of(each, "bytes"), text_of(each, "attempts"),
              span_of(each, "next_attempt_seconds"), text_of(each, "from"), to_whom,
              each.contains("reason") ? text_of(each, "reason") : ""});
  }
  if (rows.is_empty())
    to << "No message.\n";
  else
    rows.print(to);
  for (const auto& each : list_of(list, "unreadable"))
    to << "unreadable: " << terminal_line(each.is_string() ? each.get<std::string>() : each.dump())
       << '\n';
}

void print_message(std::ostream& to, const json& message) {
  const auto line = [&](const char* name, const std::string& value) {
    to << name << std::string(10 - std::string_view(name).size(), ' ') << terminal_line(value)
       << '\n';
  };
  line("message", text_of(message, "id") + ", " + text_of(message, "state") + ", shard "
                    + text_of(message, "shard"));
  line("from", text_of(message, "from"));
  if (const auto client = text_of(message, "client"); !client.empty())
    line("client", client);
  line("size", size_of(message, "bytes"));
  line("received", text_of(message, "received") + " (" + span_of(message, "age_seconds") + " ago)");
  if (message.contains("hold_reason"))
    line("held", text_of(message, "hold_reason"));
  to << '\n';
  table recipients({{"RECIPIENT"},
                    {"STATE"},
                    {"TRIES", align::right},
                    {"NEXT", align::right},
                    {"LAST REPLY", align::left, 200}});
  for (const auto& each : list_of(message, "recipients"))
    recipients.add({text_of(each, "to"), text_of(each, "state"), text_of(each, "attempts"),
                    span_of(each, "next_attempt_seconds"),
                    each.contains("last_reply") ? text_of(each, "last_reply") : ""});
  recipients.print(to);
  if (!message.contains("body"))
    return;
  to << '\n' << terminal_lines(text_of(message, "body"));
  if (message.value("body_cut", false))
    to << "\n... (cut)\n";
}

void print_why(std::ostream& to, const json& why) {
  print_message(to, why);
  const auto& chain = list_of(why, "chain");
  to << '\n';
  for (const auto& each : chain)
    to << (each.value("holds", false) ? "  > " : "    ") << terminal_line(text_of(each, "words")) << '\n';
  if (text_of(why, "where") == "copy") {
    for (const auto& each : list_of(why, "waits_for"))
      to << terminal_line(each.get<std::string>()) << '\n';
    return;
  }
  const auto& held = part_of(why, "held_by");
  if (held.empty()) {
    to << "\nNothing holds it up: it is due and will be tried in a moment.\n";
    return;
  }
  to << "\nIt waits for the " << terminal_line(text_of(held, "link"));
  if (!text_of(held, "name").empty())
    to << ' ' << terminal_line(text_of(held, "name"));
  if (held.contains("lasts_seconds"))
    to << ", for another " << span_of(held, "lasts_seconds");
  to << ".\n";
}

} // namespace troupe::app
