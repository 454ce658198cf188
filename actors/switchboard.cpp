#include "actors/switchboard.hpp"

#include "actors/event_log.hpp"
#include "actors/route_name.hpp"

#include <algorithm>

namespace troupe::actors {

namespace {

constexpr seconds forever{24 * 3600};
constexpr std::size_t switchboard_mailbox_limit = 4096;

// A hop by its address needs no DNS, though the same actor answers for it.
bool is_guarded(const policy::next_hop& hop) {
  return !hop.host.starts_with('[') && !parse_ip_address(hop.host);
}

} // namespace

switchboard::switchboard(caf::actor_config& config, const house& home,
                         const outbound_options& options, std::vector<io_unit*> units,
                         std::vector<role_ptr<spool_actor>> spools, role_ptr<dns_pool_actor> dns,
                         role_ptr<delivery_pool_actor> places,
                         std::shared_ptr<switchboard_legacy> legacy, role_ptr<sts_keeper_actor> keeper)
  : base_actor(config, home, {"switchboard", "/outbound/switchboard", switchboard_mailbox_limit}),
    options_(options), units_(std::move(units)), spools_(std::move(spools)),
    dns_(std::move(dns)), places_(std::move(places)), keeper_(std::move(keeper)),
    legacy_(std::move(legacy)),
    dns_breaker_(options.breaker),
    dns_notes_(metrics(), log(), std::string(dns_breaker)) {}

switchboard_actor::behavior_type switchboard::make_behavior() {
  happens_after(legacy_.get());
  dns_notes_.show();
  hold_dns_as_ordered();
  set_down_handler([this](caf::down_msg& x) { on_down(x); });
  return {
    [this](const find_route& x) { return on_find_route(x); },
    [this](const describe_routes&) { return on_describe_routes(); },
    [this](const suspend_route& x) { return on_suspend_route(x); },
    [this](const resume_route& x) { return on_resume_route(x); },
    [this](const set_breaker& x) { return on_set_breaker(x); },
    [this](const ask_again& x) { ask(x.hop, x.tries); },
    [this](const use_outbound_options& x) { on_use_outbound_options(x); },
    [this](const drain&) { on_drain(); },
  };
}

void switchboard::on_exit() {
  for (auto& [key, all] : asked_)
    for (auto& each : all)
      each.deliver(to_caf({errc::worker_lost, "the switchboard closes"}));
  asked_.clear();
  // Whoever comes after us would not know of them.
  for (const auto& [name, each] : routes_)
    caf::anon_send(each, drain{});
  routes_.clear();
  dns_notes_.close();
  happens_before(legacy_.get());
  base_actor::on_exit();
}

void switchboard::on_drain() {
  draining_ = true;
  for (const auto& [name, each] : routes_)
    send(each, drain{});
  if (routes_.empty())
    quit(caf::exit_reason::user_shutdown);
}

// ---- what an operator asks

caf::result<routes_told> switchboard::on_suspend_route(const suspend_route& x) {
  forget_ended_suspensions();
  if (legacy_->suspended.size() >= suspensions_max && !legacy_->suspended.contains(x.name))
    return to_caf({errc::limit_exceeded, "too many routes are suspended"});
  legacy_->suspended[x.name] = steady() + x.for_so_long;
  const auto known = routes_.find(x.name);
  if (known == routes_.end())
    return routes_told{0};
  send<caf::message_priority::high>(known->second, suspend_handing{x.for_so_long});
  return routes_told{1};
}

routes_told switchboard::on_resume_route(const resume_route& x) {
  legacy_->suspended.erase(x.name);
  const auto known = routes_.find(x.name);
  if (known == routes_.end())
    return routes_told{0};
  send<caf::message_priority::high>(known->second, resume_handing{});
  return routes_told{1};
}

caf::result<routes_told> switchboard::on_set_breaker(const set_breaker& x) {
  const auto known = routes_.find(x.name);
  const bool is_dns = x.name == dns_breaker;
  if (!is_dns && known == routes_.end() && !legacy_->breakers.contains(x.name))
    return to_caf({errc::not_found, "no route of this name stands: " + x.name});
  if (!remember(x.name, x.act))
    return to_caf({errc::limit_exceeded, "too many breakers are held by hand"});
  if (is_dns) {
    note_dns(act_on(dns_breaker_, x.act, steady()));
    return routes_told{1};
  }
  if (known == routes_.end())
    return routes_told{0};
  send<caf::message_priority::high>(known->second, act_on_breaker{x.act});
  return routes_told{1};
}

bool switchboard::remember(const std::string& name, breaker_act act) {
  auto& all = legacy_->breakers;
  if (act == breaker_act::reset)
    all.erase(name);
  else if (all.size() >= forced_breakers_max && !all.contains(name))
    return false;
  else
    all[name] = act;
  return true;
}

routes_view switchboard::on_describe_routes() {
  forget_ended_suspensions();
  routes_view view;
  view.dns = dns_breaker_.view(steady());
  for (const auto& [name, each] : routes_)
    view.all.push_back(each);
  for (const auto& [name, until] : legacy_->suspended)
    view.suspended.push_back({name, std::chrono::ceil<seconds>(until - steady())});
  return view;
}

void switchboard::forget_ended_suspensions() {
  std::erase_if(legacy_->suspended, [now = steady()](const auto& each) { return each.second <= now; });
}

void switchboard::on_use_outbound_options(const use_outbound_options& x) {
  if (x.options.breaker != options_.breaker) {
    note_dns(dns_breaker_.reset(steady()));
    dns_breaker_ = policy::breaker{x.options.breaker};
    hold_dns_as_ordered();
  }
  options_ = x.options;
}

// ---- where it goes

caf::result<route_found> switchboard::on_find_route(const find_route& x) {
  if (draining_)
    return to_caf({errc::draining, "no new routes"});
  const auto& hop = x.hop;
  if (!asks_dns(hop))
    return route_found{route_to(hop, hop.key, {}, {}), {}, forever};
  const auto known = plans_.find(hop.key);
  if (known != plans_.end() && known->second.until > steady()) {
    auto found = answer_for(hop, known->second.plan, known->second.sts);
    // What is left of it, lest two caches behind each other double the TTL.
    found.valid_for = std::max(
      seconds{1}, std::chrono::duration_cast<seconds>(known->second.until - steady()));
    return found;
  }
  auto& waiting = asked_[hop.key];
  waiting.push_back(make_response_promise<route_found>());
  if (waiting.size() == 1)
    ask(hop, 0);
  return caf::delegated<route_found>{};
}

void switchboard::ask(const policy::next_hop& hop, unsigned tries) {
  const auto found = [this, hop, tries](const hosts_found& x) {
    if (is_guarded(hop))
      note_dns(dns_breaker_.success(steady()));
    on_hosts(hop, tries, x.plan);
  };
  const auto failed = [this, hop, tries](const caf::error& why) {
    on_question_failed(hop, tries + 1, from_caf(why));
  };
  const auto whom = dns_->now();
  if (!whom)
    return on_question_lost(hop, tries + 1, {errc::worker_lost, "there is no resolver now"});
  if (is_guarded(hop)) {
    const auto permit = dns_breaker_.permit(steady());
    note_dns(permit.change);
    if (!permit.granted)
      return on_question_lost(hop, tries, {errc::mailbox_full, "the breaker of the DNS is open"});
  }
  submit<find_hosts> question;
  question.job = question_for(hop, options_.mx_port);
  question.wait = options_.question_wait;
  request(whom, caf::infinite, std::move(question)).then(found, failed);
}

// Any answer speaks for the DNS, even that a domain is ill. Silence speaks against it, and
// so does the death of a worker; that there was no room says nothing.
void switchboard::on_question_failed(const policy::next_hop& hop, unsigned tries,
                                     const error& why) {
  if (is_guarded(hop)) {
    if (why.code == errc::timed_out || why.code == errc::worker_lost)
      note_dns(dns_breaker_.failure(steady(), why.detail));
    else
      dns_breaker_.cancelled(steady());
  }
  on_question_lost(hop, tries, why);
}

void switchboard::hold_dns_as_ordered() {
  if (const auto at = legacy_->breakers.find(std::string(dns_breaker)); at != legacy_->breakers.end())
    note_dns(act_on(dns_breaker_, at->second, steady()));
}

void switchboard::note_dns(const std::optional<policy::breaker_change>& change) {
  if (change)
    dns_notes_.changed(*change);
}

void switchboard::on_question_lost(const policy::next_hop& hop, unsigned tries, const error& why) {
  // What the DNS did not answer in time is an outcome; that nobody could ask it is not.
  if (why.code != errc::worker_lost && why.code != errc::mailbox_full
      && why.code != errc::draining)
    return on_plan(hop, why, {});
  if (why.code == errc::worker_lost && tries < resolver_tries_max)
    return delayed_send(this, resolver_wait, ask_again{hop, tries});
  answer_all(hop.key, why);
}

void switchboard::answer_all(const std::string& key, const error& why) {
  auto waiting = std::move(asked_[key]);
  asked_.erase(key);
  for (auto& each : waiting)
    each.deliver(to_caf(why));
}

// Hosts that stand in MX records have the domain's own word about their certificates, if
// it gave one; without an answer about that there is none about the way.
void switchboard::on_hosts(const policy::next_hop& hop, unsigned tries, const dns::mail_plan& plan) {
  const auto keeper = keeper_ ? keeper_->now() : sts_keeper_actor{};
  const bool may_have_policy = hop.kind == policy::next_hop_kind::mx && is_guarded(hop)
                               && hop.terms->tls != policy::tls_policy::off && plan.has_hosts();
  if (!options_.sts || !may_have_policy)
    return on_plan(hop, plan, {});
  if (!keeper)
    return on_question_lost(hop, tries + 1, {errc::worker_lost, "nobody keeps policies now"});
  request(keeper, caf::infinite, find_sts_policy{plan.domain, options_.sts})
    .then(
      [this, hop, plan](const sts_policy_found& x) {
        auto both = plan;
        both.valid_for = std::min(plan.valid_for, x.valid_for);
        on_plan(hop, both, x.policy);
      },
      [this, hop, tries](const caf::error& why) {
        on_question_lost(hop, tries + 1, from_caf(why));
      });
}

void switchboard::on_plan(const policy::next_hop& hop, const result<dns::mail_plan>& plan,
                          const sts_policy_ptr& sts) {
  if (draining_)
    return answer_all(hop.key, {errc::draining, "no new routes"});
  route_found found;
  if (plan) {
    if (plans_.size() >= plans_max)
      plans_.clear(); // rare, and every one of them can be asked for again
    plans_[hop.key] = {*plan, sts, steady() + plan->valid_for};
    found = answer_for(hop, *plan, sts);
  } else {
    found.instead.answer = {451, "4.4.3", {"DNS: " + plan.error().detail}};
    found.instead.remote = "dns:" + hop.host;
  }
  auto waiting = std::move(asked_[hop.key]);
  asked_.erase(hop.key);
  for (auto& each : waiting)
    each.deliver(found);
}

route_found switchboard::answer_for(const policy::next_hop& hop, const dns::mail_plan& plan,
                                    const sts_policy_ptr& sts) {
  route_found found;
  found.valid_for = plan.valid_for;
  if (plan.has_hosts()) {
    found.route = route_to(hop, route_name(hop, plan, sts.get()), plan, sts);
    return found;
  }
  found.instead.kind = plan.refusal.is_permanent() ? outcome_kind::failed : outcome_kind::deferred;
  found.instead.answer = plan.refusal;
  found.instead.remote = "dns:" + hop.host;
  return found;
}

route_actor switchboard::route_to(const policy::next_hop& hop, const std::string& name,
                                  const dns::mail_plan& plan, const sts_policy_ptr& sts) {
  if (const auto known = routes_.find(name); known != routes_.end()) {
    if (plan.has_hosts())
      send(known->second, refresh_hosts{plan, sts});
    return known->second;
  }
  route_options options;
  options.name = name;
  options.hop = hop;
  options.hire = hiring_for(hop, name);
  const bool is_here = hop.kind == policy::next_hop_kind::maildir || hop.kind == policy::next_hop_kind::lmtp_unix
                       || hop.kind == policy::next_hop_kind::discard;
  if (!is_here)
    options.governor = options_.governor;
  if (hop.kind != policy::next_hop_kind::maildir)
    options.places = places_;
  options.mx_port = options_.mx_port;
  options.breaker = options_.breaker;
  options.sts = sts;
  if (const auto at = legacy_->suspended.find(name); at != legacy_->suspended.end())
    options.suspended_until = at->second;
  if (const auto at = legacy_->breakers.find(name); at != legacy_->breakers.end())
    options.breaker_by_hand = at->second;
  auto made = system().spawn<route>(home(), options, plan);
  monitor(made);
  routes_.emplace(name, made);
  log().debug("route_opened", {{"actor", path()}, {"relay", name}});
  return made;
}

hire_worker switchboard::hiring_for(const policy::next_hop& hop, const std::string& name) const {
  if (hop.kind == policy::next_hop_kind::maildir)
    return hire_postmen(home(), options_.hostname);
  auto session = std::make_shared<delivery_options>(options_.delivery);
  session->messages_max = hop.terms->messages_per_connection;
  if (hop.kind == policy::next_hop_kind::lmtp_host || hop.kind == policy::next_hop_kind::lmtp_unix)
    session->session.protocol = smtp::client_protocol::lmtp;
  session->sources = options_.sources;
  if (const auto& auth = hop.terms->auth; !auth.empty()) {
    const auto colon = auth.find(':');
    session->login = sasl::credentials{auth.substr(0, colon), sasl::secret{std::string_view{auth}.substr(colon + 1)}};
  }
  return hire_deliveries(home(), std::move(session), units_, spools_, std::hash<std::string>{}(name));
}

void switchboard::on_down(const caf::down_msg& x) {
  for (auto it = routes_.begin(); it != routes_.end(); ++it) {
    if (it->second.address() != x.source)
      continue;
    if (x.reason != caf::exit_reason::user_shutdown) {
      home().actors.note_death("/outbound/route/" + it->first, system().render(x.reason), {});
      log().error("route_crashed", {{"actor", "/outbound/route/" + it->first},
                                    {"reason", system().render(x.reason)}});
    }
    routes_.erase(it);
    break;
  }
  if (draining_ && routes_.empty())
    quit(caf::exit_reason::user_shutdown);
}

} // namespace troupe::actors
