#include "actors/cluster/governor.hpp"

#include "actors/event_log.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors {

namespace {

constexpr milliseconds governor_tick_interval{100};
constexpr std::size_t governor_mailbox_limit = 16'384;
/// Nobody asked the owner for so long: all loans are over long since.
constexpr seconds lent_idle_max{600};

} // namespace

// FNV-1a, finished by `mix` so that near names lie far apart.
std::uint64_t hop_number(std::string_view name) noexcept {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return policy::mix(hash, name.size());
}

governor::governor(caf::actor_config& config, const house& home, const governor_options& options,
                   role_ptr<parcel_sender> hub, role_ptr<mandate_giver> member)
  : base_actor(config, home, {"governor", "/cluster/governor", governor_mailbox_limit}), options_(options),
    hub_(std::move(hub)), member_(std::move(member)) {}

governor_actor::behavior_type governor::make_behavior() {
  send(this, governor_tick{});
  return {
    [this](const ask_allowance& x) { on_ask_allowance(x); },
    [this](const parcel_came& x) { return on_parcel(x); },
    [this](const describe_limits&) { return on_describe(); },
    [this](const governor_tick&) { on_tick(); },
  };
}

void governor::on_ask_allowance(const ask_allowance& x) {
  if (known_.members == 0)
    return; // how much a share is, MEMBER has not said yet; the ROUTE asks again
  const auto now = steady();
  const auto number = hop_number(x.hop);
  policy::hop_options terms;
  terms.sessions = std::clamp(x.sessions_max, 1u, policy::hop_sessions_max);
  terms.lease = options_.lease;
  terms.breaker = x.breaker;
  auto at = hops_.find(number);
  if (at == hops_.end()) {
    if (hops_.size() >= governed_hops_max) {
      // Too many to keep count of: the share is always ours.
      return send(x.from, use_allowance{policy::share_of(terms.sessions, known_.members), policy::breaker_state::closed, false});
    }
    at = hops_.emplace(number, hop{x.hop, terms, {terms, number, known_.members, now}, {}, 0, now, {}, {}}).first;
    if (!known_.eligible.empty())
      at->second.owner = policy::owner_of(number, known_.eligible);
  }
  auto& of = at->second;
  of.asked_at = now;
  of.wanted = x.wanted;
  if (of.route != x.from) {
    of.route = x.from;
    of.told.reset();
  }
  for (std::uint32_t i = 0; i < x.successes; ++i)
    of.borrower.succeeded();
  for (std::uint32_t i = 0; i < x.failures; ++i)
    of.borrower.failed();
  ask_owner(of);
  tell_route(of);
}

// ---- asking

void governor::ask_owner(hop& of) {
  const auto ask = of.borrower.ask(of.wanted, known_.members, steady());
  if (!ask || of.owner == policy::node_id{})
    return;
  policy::hop_request question{*ask, of.terms.sessions, of.terms.breaker};
  if (of.owner != options_.self) {
    const auto hub = hub_->now();
    if (hub)
      send(hub, send_parcel{of.owner, channel::limits, 0, policy::encode(question)});
    return;
  }
  ask_member([this, question](const mandate& held) {
    if (const auto lent = lend(options_.self, question, held))
      on_loan(*lent);
  });
}

void governor::on_loan(const policy::loan& x) {
  const auto at = hops_.find(x.hop);
  if (at == hops_.end())
    return;
  at->second.borrower.receive(x, steady());
  tell_route(at->second);
}

void governor::tell_route(hop& of) {
  if (!of.route)
    return;
  const auto now = steady();
  const auto allowed = of.borrower.allowed(now);
  const auto breaker = of.borrower.breaker();
  const bool trial = breaker != policy::breaker_state::closed && of.wanted > 0 && of.borrower.take_probe(now);
  if (!trial && of.told == allowed && of.told_breaker == breaker)
    return;
  of.told = allowed;
  of.told_breaker = breaker;
  send(of.route, use_allowance{allowed, breaker, trial});
}

// ---- lending

parcel_taken governor::on_parcel(const parcel_came& x) {
  const auto word = policy::decode_hop_word(x.bytes);
  if (!word)
    log().warn("cluster_word_refused", {{"actor", path()}, {"peer", x.from.value}, {"reason", word.error().detail}});
  else if (const auto* asked = std::get_if<policy::hop_request>(&*word))
    on_request(x.from, *asked);
  else
    on_loan(std::get<policy::loan>(*word));
  return {};
}

void governor::on_request(policy::node_id from, const policy::hop_request& x) {
  ask_member([this, from, x](const mandate& held) {
    const auto hub = hub_->now();
    if (const auto lent = lend(from, x, held); lent && hub)
      send(hub, send_parcel{from, channel::limits, 0, policy::encode(*lent)});
  });
}

std::optional<policy::loan> governor::lend(policy::node_id to, const policy::hop_request& x, const mandate& held) {
  const auto now = steady();
  const auto number = x.ask.hop;
  if (!held.held || held.eligible.empty() || policy::owner_of(number, held.eligible) != options_.self)
    return std::nullopt; // it learns who it is
  policy::hop_options terms;
  terms.sessions = x.sessions;
  terms.lease = options_.lease;
  terms.breaker = x.breaker;
  auto at = lent_.find(number);
  auto since = held.since;
  // Where nodes differ, as while a configuration is being changed, the lower limit holds,
  // once all that was lent by the higher one is over.
  if (at != lent_.end() && terms.sessions < at->second.terms.sessions) {
    lent_.erase(at);
    at = lent_.end();
    since = now;
  }
  if (at == lent_.end()) {
    if (lent_.size() >= lent_hops_max)
      return std::nullopt;
    at = lent_.emplace(number, lent_hop{terms, {terms, held.members, since}, held.since, now}).first;
  }
  auto& lent = at->second;
  if (lent.since != held.since) {
    lent.since = held.since;
    lent.lender.mandated_anew(held.since);
  }
  lent.asked_at = now;
  return lent.lender.lend(to, x.ask, held.members, now);
}

// ---- time

void governor::on_tick() {
  delayed_send(this, governor_tick_interval, governor_tick{});
  ask_member([this](const mandate& held) {
    if (held.members == 0)
      return;
    known_ = held;
    set_owners();
  });
  for (auto& [number, each] : hops_) {
    ask_owner(each);
    tell_route(each); // what was lent may have come to its end
  }
  forget_idle();
}

void governor::set_owners() {
  for (auto& [number, each] : hops_) {
    const auto owner = known_.eligible.empty() ? policy::node_id{} : policy::owner_of(number, known_.eligible);
    if (owner == each.owner)
      continue;
    each.owner = owner;
    each.borrower.owner_changed();
    ask_owner(each);
  }
}

void governor::forget_idle() {
  const auto now = steady();
  std::erase_if(hops_, [now](const auto& each) { return now - each.second.asked_at > governed_idle_max; });
  std::erase_if(lent_, [now](const auto& each) { return now - each.second.asked_at > lent_idle_max; });
}

limits_view governor::on_describe() const {
  const auto now = steady();
  limits_view view;
  for (const auto& [number, each] : hops_) {
    limit_view one;
    one.hop = each.name;
    one.owner = each.owner;
    one.allowed = each.borrower.allowed(now);
    one.wanted = each.wanted;
    one.cut_off = each.borrower.state() == policy::lessee_state::cut_off;
    one.breaker = each.borrower.breaker();
    if (const auto lent = lent_.find(number); lent != lent_.end() && each.owner == options_.self)
      one.out = lent->second.lender.out(now);
    view.all.push_back(std::move(one));
  }
  return view;
}

} // namespace troupe::actors
