#include "actors/filter_desk.hpp"

#include <algorithm>

namespace troupe::actors {

namespace {

constexpr std::size_t desk_mailbox_limit = 40'000; ///< Twice as many as there can be FILTERS.

std::string breaker_name(const std::string& filter) { return std::string(filter_breaker) + filter; }

} // namespace

filter_desk::filter_desk(caf::actor_config& config, const house& home, use_filters first)
  : base_actor(config, home, {"filter_desk", "/filters/desk", desk_mailbox_limit}), terms_(std::move(first)) {}

filter_desk_actor::behavior_type filter_desk::make_behavior() {
  on_use_filters(terms_);
  return {
    [this](const ask_filter_permit& x) { return on_ask_filter_permit(x); },
    [this](const filter_behaved& x) { on_filter_behaved(x); },
    [this](const describe_filters&) { return on_describe_filters(); },
    [this](const set_filter_breaker& x) { return on_set_filter_breaker(x); },
    [this](const use_filters& x) { on_use_filters(x); },
  };
}

void filter_desk::on_exit() {
  for (auto& [name, each] : guards_)
    each->notes.close();
  guards_.clear();
  base_actor::on_exit();
}

filter_permit filter_desk::on_ask_filter_permit(const ask_filter_permit& x) {
  const auto known = guards_.find(x.filter);
  if (known == guards_.end())
    return {}; // a session that began before a reload
  const auto permit = known->second->breaker.permit(steady());
  note(*known->second, permit.change);
  return {permit.granted};
}

void filter_desk::on_filter_behaved(const filter_behaved& x) {
  const auto known = guards_.find(x.filter);
  if (known == guards_.end())
    return;
  auto& breaker = known->second->breaker;
  switch (x.how) {
    case filter_behaviour::well: return note(*known->second, breaker.success(steady()));
    case filter_behaviour::ill: return note(*known->second, breaker.failure(steady(), x.why));
    case filter_behaviour::unsettled: return breaker.cancelled(steady());
  }
}

filters_view filter_desk::on_describe_filters() {
  filters_view view;
  for (const auto& [name, each] : guards_)
    view.all.push_back({breaker_name(name), each->breaker.view(steady())});
  return view;
}

caf::result<filter_breaker_set> filter_desk::on_set_filter_breaker(const set_filter_breaker& x) {
  const auto known = x.name.starts_with(filter_breaker) ? guards_.find(x.name.substr(filter_breaker.size()))
                                                        : guards_.end();
  if (known == guards_.end())
    return to_caf({errc::not_found, "no filter of this name: " + x.name});
  note(*known->second, act_on(known->second->breaker, x.act, steady()));
  return filter_breaker_set{};
}

void filter_desk::on_use_filters(const use_filters& x) {
  const bool same_breaker = x.breaker == terms_.breaker;
  std::erase_if(guards_, [&](auto& each) {
    const bool stays = same_breaker && std::ranges::find(x.names, each.first) != x.names.end();
    if (!stays)
      each.second->notes.close();
    return !stays;
  });
  terms_ = x;
  for (const auto& each : terms_.names) {
    if (guards_.contains(each))
      continue;
    auto made = std::make_unique<guard>(
      guard{policy::breaker{terms_.breaker}, breaker_notes{metrics(), log(), breaker_name(each)}});
    made->notes.show();
    guards_.emplace(each, std::move(made));
  }
}

void filter_desk::note(guard& whose, const std::optional<policy::breaker_change>& change) {
  if (change)
    whose.notes.changed(*change);
}

} // namespace troupe::actors
