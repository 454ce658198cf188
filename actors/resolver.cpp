#include "actors/resolver.hpp"

#include <stdexcept>
#include <utility>

namespace troupe::actors {

bool asks_dns(const policy::next_hop& hop) {
  switch (hop.kind) {
    case policy::next_hop_kind::mx:
    case policy::next_hop_kind::smtp_host:
    case policy::next_hop_kind::lmtp_host: return true;
    case policy::next_hop_kind::lmtp_unix:
    case policy::next_hop_kind::maildir:
    case policy::next_hop_kind::discard:
    case policy::next_hop_kind::fail:
    case policy::next_hop_kind::hold: return false;
  }
  return false;
}

find_hosts question_for(const policy::next_hop& hop, std::uint16_t mx_port) {
  const bool by_mx = hop.kind == policy::next_hop_kind::mx;
  find_hosts question{hop.host, by_mx ? host_kind::mail_domain : host_kind::host};
  if (hop.terms->tls != policy::tls_policy::off && hop.kind != policy::next_hop_kind::lmtp_host)
    question.tlsa_port = by_mx ? mx_port : hop.port;
  return question;
}

// The pool hears the answer, and may send the next question, before the mailbox has let
// go of the last one.
resolver::resolver(caf::actor_config& config, const house& home, std::string path, io_unit& unit,
                   const io::resolver_options& options, milliseconds question_wait)
  : pinned_actor(config, home, {"resolver", std::move(path), options.searches_max + 1}, unit),
    options_(options), question_wait_(question_wait) {}

resolver_actor::behavior_type resolver::make_behavior() {
  // Here and not in the constructor: libunbound's descriptor belongs to this thread's loop.
  auto made = io::resolver::make(unit().loop().context(), options_);
  if (!made)
    throw std::runtime_error(made.error().detail);
  asker_ = std::move(*made);
  return {[this](const find_hosts& x) { return on_find_hosts(x); }};
}

resolver::found_promise resolver::on_find_hosts(const find_hosts& x) {
  auto promise = make_response_promise<hosts_found>();
  const auto deadline = steady_now() + question_wait_;
  const auto number = remember(promise);
  auto on_plan = bind([this, number](result<dns::mail_plan> plan) {
    if (plan)
      answer(number, hosts_found{*std::move(plan)});
    else
      answer(number, plan.error());
  });
  switch (x.kind) {
    case host_kind::mail_domain:
      asker_->find_mail_hosts(x.name, deadline, std::move(on_plan), x.tlsa_port);
      break;
    case host_kind::host:
      asker_->find_host(x.name, deadline, std::move(on_plan), x.tlsa_port);
      break;
    case host_kind::records:
      asker_->look_up(x.name, x.type, deadline,
                      bind([this, number](result<dns::record_answer> found) {
                        if (found)
                          answer(number, hosts_found{{}, *std::move(found)});
                        else
                          answer(number, found.error());
                      }));
      break;
  }
  return promise;
}

void resolver::on_exit() {
  asker_.reset();
  for (auto& [number, each] : unanswered_)
    each.deliver(to_caf({errc::worker_lost, "the resolver ends"}));
  unanswered_.clear();
  pinned_actor::on_exit();
}

std::uint64_t resolver::remember(found_promise promise) {
  const auto number = questions_++;
  unanswered_.emplace(number, std::move(promise));
  return number;
}

void resolver::answer(std::uint64_t number, result<hosts_found> found) {
  const auto at = unanswered_.find(number);
  if (at == unanswered_.end())
    return;
  auto asker = std::move(at->second);
  unanswered_.erase(at);
  if (found)
    asker.deliver(*std::move(found));
  else
    asker.deliver(to_caf(found.error()));
}

} // namespace troupe::actors
