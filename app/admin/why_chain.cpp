#include "app/admin/why_chain.hpp"

#include "app/words/duration_words.hpp"

#include <algorithm>

namespace troupe::app {

namespace {

/// A lease that is in hand for longer is held up by the peer.
constexpr milliseconds usual_attempt{5000};
/// What is due is in memory by then.
constexpr milliseconds usual_loading{2000};

std::string people(std::size_t number) {
  return std::to_string(number) + (number == 1 ? " recipient" : " recipients");
}

std::string listing(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& each : names)
    all.append(all.empty() ? "" : ", ").append(each);
  return all;
}

seconds whole(milliseconds span) {
  return std::chrono::ceil<seconds>(std::max(span, milliseconds{0}));
}

class walker {
public:
  explicit walker(const why_facts& facts) : facts_(facts) {}

  std::vector<why_link> walk() {
    say_message();
    say_shard();
    for (const auto& each : facts_.routes)
      say_route(each);
    for (const auto& each : facts_.silent)
      add({"route", {}, "a route that does not answer: " + each, true, {}});
    say_replies();
    return std::move(chain_);
  }

private:
  void add(why_link link) { chain_.push_back(std::move(link)); }

  void say_message() {
    const auto& mail = facts_.mail;
    std::size_t held = 0, later = 0, open = 0;
    for (const auto& each : mail.recipients) {
      open += is_settled(each.state) ? 0 : 1;
      held += each.state == recipient_state::held ? 1 : 0;
      later += each.state == recipient_state::queued && each.due > facts_.now ? 1 : 0;
    }
    add({"message", to_string(mail.id),
         people(open) + " to go, here for " + duration_words(facts_.now - mail.received), false, {}});
    if (held > 0)
      add({"operator", {},
           people(held) + " held" + (mail.hold_reason.empty() ? "" : ": " + mail.hold_reason)
             + "; troupectl queue release " + to_string(mail.id),
           true, {}});
    waits_ = later > 0 && later + held == open;
    if (later > 0) {
      const auto wait = std::max(due_of(mail) - facts_.now, milliseconds{0});
      add({"message", to_string(mail.id), "the next attempt for " + people(later) + " is in "
                                            + duration_words(wait), waits_, whole(wait)});
    }
  }

  void say_shard() {
    const auto name = "shard " + std::to_string(facts_.shard);
    if (!facts_.place)
      return add({"shard", name, name + " does not say where it is: " + facts_.shard_silence, true, {}});
    const auto& place = *facts_.place;
    const auto to = listing(place.destinations);
    if (place.where == "parked")
      add({"limit", name, "more waits for " + to + " than is kept in memory: its turn comes", true, {}});
    else if (place.where == "settling")
      add({"shard", name, "what became of it is being written to disk", true, {}});
    else if (place.where == "loading")
      add({"shard", name, "it is being read from disk", true, {}});
    else if (place.where == "waiting" && facts_.routes.empty())
      add({"shard", name, name + " waits for a route to " + to, true, {}});
    else if (place.where == "waiting")
      add({"limit", name, "as much is on its way to " + to + " as it answers for: its turn comes", true, {}});
    else if (place.where == "leased")
      add({"shard", name, name + " gave it to " + to + " " + duration_words(place.leased_for) + " ago",
           false, {}});
    else if (state_of(facts_.mail) == message_state::queued && due_of(facts_.mail) + usual_loading <= facts_.now)
      add({"limit", name, "it is due, and on disk until there is room in the memory of " + name, true, {}});
    else
      add({"shard", name, name + " has it in its schedule", false, {}});
    if (place.where == "waiting" && facts_.routes.empty())
      say_guard("dns", "the DNS is not asked: ", facts_.dns);
    if (place.where == "settling" || place.where == "loading" || place.where == "scheduled")
      say_guard("store/" + std::to_string(facts_.shard), "the disk of " + name + " refuses: ", facts_.store);
  }

  // Of a service of the node, not of a route.
  void say_guard(const std::string& name, const std::string& what, const policy::breaker_view& breaker) {
    if (breaker.state == policy::breaker_state::closed)
      return;
    const bool by_hand = breaker.forced != policy::breaker_force::none;
    add({"breaker", name,
         what + "its breaker is " + std::string(policy::to_string(breaker.state))
           + (by_hand ? ", forced by an operator; troupectl breakers reset " + name
              : breaker.last_reason.empty() ? "" : "; " + breaker.last_reason),
         true, {}});
  }

  void say_route(const actors::route_view& route) {
    add({"route", route.name,
         "route " + route.name + ": " + route.state + ", " + std::to_string(route.sessions)
           + " sessions of at most " + std::to_string(route.window) + ", " + std::to_string(route.ready)
           + " ready, " + std::to_string(route.in_hand) + " in hand",
         false, {}});
    if (route.suspended_for.count() > 0)
      add({"operator", route.name, "an operator suspended the route for another "
                                     + duration_words(route.suspended_for), true, route.suspended_for});
    say_breaker(route);
    const bool leased = facts_.place && facts_.place->where == "leased";
    // Only who waits in this route's line is held up by its limits.
    if (!leased || route.ready == 0 || route.state != "open")
      return;
    if (route.sessions >= route.window)
      add({"limit", route.name, "all " + std::to_string(route.sessions)
                                  + " sessions that the destination may have are at work", true, {}});
    else if (route.places_asked > 0)
      add({"limit", "pool delivery", "the node has as many outbound sessions as it may: it waits for one to end",
           true, {}});
    else if (!route.rate.empty())
      add({"limit", route.name, "no more than " + route.rate + " to this destination", true, {}});
  }

  void say_breaker(const actors::route_view& route) {
    const auto& breaker = route.breaker;
    if (breaker.state == policy::breaker_state::closed)
      return;
    std::string words = "the breaker is " + std::string(policy::to_string(breaker.state));
    if (breaker.forced != policy::breaker_force::none)
      words += ", forced by an operator; troupectl breakers reset route/" + route.name;
    else if (route.rests_for.count() > 0)
      words += ", the next trial is in " + duration_words(route.rests_for);
    if (!breaker.last_reason.empty())
      words += "; the host: " + breaker.last_reason;
    std::optional<seconds> lasts;
    if (route.rests_for.count() > 0)
      lasts = route.rests_for;
    add({"breaker", "route/" + route.name, std::move(words), true, lasts});
  }

  // The last word of whoever was asked, of recipients that still wait.
  void say_replies() {
    std::vector<std::string> said;
    for (const auto& each : facts_.mail.recipients) {
      if (each.state != recipient_state::queued || each.last_reply.empty()
          || std::find(said.begin(), said.end(), each.last_reply) != said.end())
        continue;
      said.push_back(each.last_reply);
      const bool is_dns = each.last_reply.find("DNS: ") != std::string::npos
                          || each.last_reply.find(" 4.4.3 ") != std::string::npos;
      add({is_dns ? "dns" : "peer", {},
           (is_dns ? "the DNS said: " : "the last reply: ") + each.last_reply
             + (each.last_attempt == wall_time{}
                  ? ""
                  : ", " + duration_words(facts_.now - each.last_attempt) + " ago"),
           waits_, {}});
      if (said.size() == replies_max)
        return;
    }
    if (facts_.place && facts_.place->where == "leased" && facts_.place->leased_for > usual_attempt
        && std::any_of(facts_.routes.begin(), facts_.routes.end(),
                       [](const auto& each) { return each.state == "open" && each.ready == 0; }))
      add({"peer", listing(facts_.place->destinations),
           "the attempt is under way for " + duration_words(facts_.place->leased_for)
             + ": the peer takes its time",
           true, {}});
  }

  static constexpr std::size_t replies_max = 5;

  const why_facts& facts_;
  std::vector<why_link> chain_;
  bool waits_ = false; ///< Every recipient waits for its next attempt, or is held.
};

} // namespace

std::vector<why_link> walk(const why_facts& facts) {
  return walker(facts).walk();
}

const why_link* holder(const std::vector<why_link>& chain) {
  // What stands before one of these only waits for it.
  for (const std::string_view wanted : {"operator", "breaker", "limit", "dns", "peer", "route", "shard", "message"})
    for (const auto& each : chain)
      if (each.holds && each.link == wanted)
        return &each;
  return nullptr;
}

} // namespace troupe::app
