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
  pinned_actor::on_exit();
}

io::resolver::plan_handler resolver::answer_to(found_promise promise) {
  return bind([promise](result<dns::mail_plan> plan) mutable {
    if (plan)
      promise.deliver(hosts_found{std::move(*plan)});
    else
      promise.deliver(to_caf(plan.error()));
  });
}

} // namespace troupe::actors
