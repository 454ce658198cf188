#include "app/troupectl/actor_tree.hpp"
#include "app/troupectl/fields.hpp"
#include "app/troupectl/print.hpp"
#include "app/troupectl/table.hpp"
#include "app/words/terminal_text.hpp"

#include <ostream>

namespace troupe::app {

namespace {

std::string mailbox_of(const json& actor) {
  return text_of(actor, "mailbox") + "/" + text_of(actor, "mailbox_limit");
}

std::vector<std::string> cells_of(const json& actor, const std::string& label) {
  auto state = text_of(actor, "state");
  if (actor.contains("busy_seconds"))
    state += ", busy";
  return {label,
          text_of(actor, "kind"),
          state,
          span_of(actor, "state_seconds"),
          mailbox_of(actor),
          text_of(actor, "in_hand"),
          text_of(actor, "handled"),
          span_of(actor, "age_seconds"),
          text_of(actor, "restarts"),
          actor.contains("last_error") ? text_of(actor, "last_error") : ""};
}

table new_table() {
  return table({{"ACTOR"},
                {"KIND"},
                {"STATE"},
                {"SINCE", align::right},
                {"MAILBOX", align::right},
                {"IN HAND", align::right},
                {"HANDLED", align::right},
                {"AGE", align::right},
                {"RESTARTS", align::right},
                {"LAST ERROR", align::left, 80}});
}

void print_rest(std::ostream& to, const json& actors) {
  const auto listed = static_cast<std::int64_t>(list_of(actors, "actors").size());
  const auto count = number_of(actors, "count");
  to << count << (count == 1 ? " actor" : " actors");
  if (count > listed)
    to << ", " << listed << " of them shown (--limit)";
  to << '\n';
}

/// Everything but what a line of the head shows already.
void print_part(std::ostream& to, const char* title, const json& part) {
  if (part.empty())
    return;
  to << '\n' << title << '\n';
  table rows({{"NAME"}, {"VALUE", align::left, 200}});
  for (const auto& [key, value] : part.items())
    rows.add({key, value.is_primitive() ? text_of(part, key.c_str())
                                        : value.dump(-1, ' ', true, json::error_handler_t::replace)});
  rows.print(to);
}

void print_histograms(std::ostream& to, const json& all) {
  if (all.empty())
    return;
  to << "\nhistograms of all of this kind together\n";
  table rows({{"NAME"},
              {"COUNT", align::right},
              {"MEAN", align::right},
              {"HALF BELOW", align::right},
              {"90 % BELOW", align::right},
              {"99 % BELOW", align::right}});
  for (const auto& [name, each] : all.items())
    rows.add({name, text_of(each, "count"), quantity_of(name, each, "mean"),
              quantity_of(name, each, "p50"), quantity_of(name, each, "p90"),
              quantity_of(name, each, "p99")});
  rows.print(to);
}

} // namespace

void print_actor_tree(std::ostream& to, const json& actors) {
  const auto& all = list_of(actors, "actors");
  std::vector<std::string> paths;
  for (const auto& each : all)
    paths.push_back(text_of(each, "path"));
  auto rows = new_table();
  for (const auto& line : tree_of(paths)) {
    if (line.index == tree_line::no_index)
      rows.add({line.label, "", "", "", "", "", "", "", "", ""});
    else
      rows.add(cells_of(all[line.index], line.label));
  }
  rows.print(to);
  print_rest(to, actors);
}

void print_actor_list(std::ostream& to, const json& actors) {
  auto rows = new_table();
  for (const auto& each : list_of(actors, "actors"))
    rows.add(cells_of(each, text_of(each, "path")));
  rows.print(to);
  print_rest(to, actors);
}

void print_actor(std::ostream& to, const json& actor) {
  const auto line = [&](const char* name, const std::string& value) {
    to << name << std::string(12 - std::string_view(name).size(), ' ') << terminal_line(value) << '\n';
  };
  line("actor", text_of(actor, "path"));
  line("kind", text_of(actor, "kind"));
  line("state", text_of(actor, "state") + " for " + span_of(actor, "state_seconds"));
  if (actor.contains("busy_seconds"))
    line("", "in one handler for " + precise_span_of(actor, "busy_seconds"));
  line("age", span_of(actor, "age_seconds") + ", since " + text_of(actor, "born"));
  line("mailbox", mailbox_of(actor) + ", " + text_of(actor, "refused") + " refused");
  line("work", text_of(actor, "in_hand") + " in hand, " + text_of(actor, "handled")
                 + " messages handled, " + text_of(actor, "steps") + " steps");
  line("restarts", text_of(actor, "restarts"));
  if (actor.contains("last_error"))
    line("last error", text_of(actor, "last_error"));
  if (actor.contains("silent"))
    line("silent", "it does not answer: " + text_of(actor, "silent"));
  print_part(to, "what it says of itself", part_of(actor, "own"));
  print_histograms(to, part_of(actor, "histograms"));
  to << "\nlast events\n";
  for (const auto& each : list_of(actor, "events"))
    to << "  " << terminal_line(text_of(each, "at") + "  " + text_of(each, "what")) << '\n';
  if (list_of(actor, "events").empty())
    to << "  none\n";
}

} // namespace troupe::app
