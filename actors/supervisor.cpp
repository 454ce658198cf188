#include "actors/supervisor.hpp"

#include "actors/end_actor.hpp"
#include "actors/event_log.hpp"
#include "actors/metrics.hpp"

#include <caf/exit_reason.hpp>

#include <algorithm>

namespace troupe::actors {

namespace {

constexpr std::size_t supervisor_mailbox_limit = 256;
constexpr milliseconds breath_interval{50};
constexpr std::string_view root_path = "/";

policy::ending ending_of(const caf::error& reason) {
  if (!reason || reason == caf::exit_reason::normal || reason == caf::exit_reason::user_shutdown)
    return policy::ending::normal;
  return is_restart(reason) ? policy::ending::asked : policy::ending::crashed;
}

// A word for the metric: the reasons of crashes are without number.
std::string_view word_of(const caf::error& reason) {
  if (is_restart(reason))
    return "asked";
  return reason == caf::exit_reason::kill ? "killed" : "crashed";
}

} // namespace

supervisor::supervisor(caf::actor_config& config, const house& home, std::string path,
                       const policy::supervision_options& options, std::vector<child_spec> children,
                       std::shared_ptr<roll_call> roll)
  : base_actor(config, home, {"supervisor", std::move(path), supervisor_mailbox_limit}), options_(options),
    roll_(std::move(roll)) {
  children_.reserve(children.size());
  for (auto& each : children)
    children_.push_back({std::move(each), policy::supervision{options_}, nullptr, {}, nullptr, {}, false});
  try {
    for (auto& each : children_) {
      // Of a group that was restarted, the dead one's children may not have gone yet.
      each.died_at = steady();
      if (home.actors.anybody_at(each.spec.path))
        each.is_due = true;
      else
        enter(each);
    }
  } catch (...) {
    end_children();
    throw;
  }
}

supervisor_actor::behavior_type supervisor::make_behavior() {
  set_down_handler([this](caf::down_msg& x) { on_down(x); });
  for (std::size_t i = 0; i < children_.size(); ++i) {
    if (children_[i].actor)
      monitor(children_[i].actor);
    else
      delayed_send(this, breath_interval, restart_child{i});
  }
  return {
    [this](const close_house&) { on_close_house(); },
    [this](const restart_child& x) { on_restart_child(x.which); },
  };
}

void supervisor::on_exit() {
  end_children();
  base_actor::on_exit();
}

void supervisor::end_children() {
  // Backwards: those who came last lean on those before them.
  for (auto each = children_.rbegin(); each != children_.rend(); ++each) {
    if (!each->actor)
      continue;
    end_actor(caf::actor_cast<caf::actor>(each->actor),
              closing_ ? caf::exit_reason::user_shutdown : caf::exit_reason::kill);
    roll_->went(each->spec.path);
    each->actor = nullptr;
  }
}

void supervisor::on_close_house() {
  // Who is due is needed once more: to close a door, to write down what is known.
  for (auto& each : children_)
    if (each.is_due && !each.actor)
      try_to_enter(each);
  closing_ = true;
  enter_state("closing");
  for (const auto& each : children_)
    if (each.actor && each.spec.kind == "supervisor")
      caf::anon_send<caf::message_priority::high>(caf::actor_cast<supervisor_actor>(each.actor), close_house{});
  roll_->closes();
}

void supervisor::enter(child& who) {
  who.actor = who.spec.enter();
  who.last = caf::actor_cast<caf::actor_addr>(who.actor);
  who.card = home().actors.find(who.spec.path);
  roll_->came(who.spec.path);
}

void supervisor::on_down(const caf::down_msg& x) {
  const auto who = std::find_if(children_.begin(), children_.end(),
                                [&](const child& each) { return each.actor && each.last == x.source; });
  if (who == children_.end())
    return;
  who->actor = nullptr;
  who->died_at = steady();
  roll_->went(who->spec.path);
  const auto how = ending_of(x.reason);
  if (closing_ || (how == policy::ending::normal && x.reason == caf::exit_reason::user_shutdown))
    return;
  if (how != policy::ending::normal)
    metrics().actor_restarts_total(who->spec.kind, word_of(x.reason)).add();
  died(*who, how, system().render(x.reason));
}

void supervisor::died(child& who, policy::ending how, const std::string& why) {
  if (how != policy::ending::normal) {
    home().actors.note_death(who.spec.path, why, who.card ? who.card->events() : std::vector<actor_event>{});
    who.card = nullptr;
    log().warn("actor_died", {{"actor", who.spec.path}, {"reason", why}});
  }
  const auto step = who.restarts.died(steady(), who.spec.restart, how);
  switch (step.what) {
    case policy::supervision_step::act::let_go: return;
    case policy::supervision_step::act::give_up: return give_up(who.spec.path + ": " + why);
    case policy::supervision_step::act::restart: break;
  }
  who.is_due = true;
  const auto which = static_cast<std::size_t>(&who - children_.data());
  delayed_send(this, std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(step.at - steady())),
               restart_child{which});
}

void supervisor::on_restart_child(std::size_t which) {
  auto& who = children_[which];
  if (!who.is_due || closing_)
    return;
  // The one before may still run a handler: two at once would write to the same files.
  if (home().actors.anybody_at(who.spec.path)) {
    if (steady() - who.died_at < last_breath_max)
      return delayed_send(this, breath_interval, restart_child{which});
    return give_up(who.spec.path + ": does not come to its end");
  }
  try_to_enter(who);
}

void supervisor::try_to_enter(child& who) {
  if (home().actors.anybody_at(who.spec.path))
    return;
  who.is_due = false;
  try {
    enter(who);
  } catch (const std::exception& problem) {
    return died(who, policy::ending::crashed, problem.what());
  }
  monitor(who.actor);
  log().warn("actor_restarted", {{"actor", who.spec.path}});
  note("restarted " + who.spec.path);
}

void supervisor::give_up(const std::string& why) {
  log().error("supervisor_gave_up", {{"actor", path()}, {"reason", why}});
  if (path() == root_path)
    roll_->fell(why);
  quit(caf::make_error(caf::sec::runtime_error, why));
}

} // namespace troupe::actors
