#include "actors/resolver.hpp"

#include <stdexcept>

namespace troupe::actors {

resolver::resolver(caf::actor_config& config, const house& home, io_unit& unit,
                   const io::resolver_options& options)
  : pinned_actor(config, home, {"resolver", "/outbound/resolver", options.searches_max}, unit),
    options_(options) {}

resolver_actor::behavior_type resolver::make_behavior() {
  // Here and not in the constructor: libunbound's descriptor belongs to this thread's loop.
  auto made = io::resolver::make(unit().loop().context(), options_);
  if (!made)
    throw std::runtime_error(made.error().detail);
  asker_ = std::move(*made);
  return {
    [this](const find_mail_hosts& x) {
      auto promise = make_response_promise<hosts_found>();
      asker_->find_mail_hosts(x.domain, steady_now() + question_wait_max, answer_to(promise));
      return promise;
    },
    [this](const find_host& x) {
      auto promise = make_response_promise<hosts_found>();
      asker_->find_host(x.name, steady_now() + question_wait_max, answer_to(promise));
      return promise;
    },
  };
}

void resolver::on_exit() {
  asker_.reset();
  for (auto& [number, each] : unanswered_)
    each.deliver(to_caf({errc::worker_lost, "the resolver ends"}));
  unanswered_.clear();
  pinned_actor::on_exit();
}

io::resolver::plan_handler resolver::answer_to(found_promise promise) {
  const auto number = questions_++;
  unanswered_.emplace(number, std::move(promise));
  return bind([this, number](result<dns::mail_plan> plan) {
    const auto at = unanswered_.find(number);
    if (at == unanswered_.end())
      return;
    auto asker = std::move(at->second);
    unanswered_.erase(at);
    if (plan)
      asker.deliver(hosts_found{std::move(*plan)});
    else
      asker.deliver(to_caf(plan.error()));
  });
}

} // namespace troupe::actors
