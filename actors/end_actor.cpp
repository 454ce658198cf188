#include "actors/end_actor.hpp"

#include "actors/flow.hpp"

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>

#include <utility>

namespace troupe::actors {

namespace {

caf::error reason_of(actor_end how) {
  switch (how) {
    case actor_end::kill: return caf::exit_reason::kill;
    case actor_end::blame:
      return caf::make_error(caf::sec::runtime_error, std::string("provoked by an operator"));
    case actor_end::restart: return restart_asked();
  }
  return caf::exit_reason::kill;
}

bool is_over(const caf::strong_actor_ptr& who) {
  return !who || who->get()->getf(caf::abstract_actor::is_cleaned_up_flag);
}

} // namespace

bool end_actor(const actor_card& whose, actor_end how) {
  const auto who = caf::actor_cast<caf::strong_actor_ptr>(whose.who);
  if (is_over(who))
    return false;
  end_actor(caf::actor_cast<caf::actor>(who), reason_of(how));
  return true;
}

// Not by send_exit: it has the usual priority, and would wait behind all that the mailbox holds.
void end_actor(const caf::actor& who, caf::error why) {
  caf::anon_send<caf::message_priority::high>(who, caf::exit_msg{caf::actor_addr{}, std::move(why)});
}

bool is_ended_by_hand(const caf::error& reason) {
  return reason == caf::exit_reason::kill || reason == caf::exit_reason::user_shutdown
         || is_restart(reason);
}

bool has_ended(const actor_card& whose) {
  return is_over(caf::actor_cast<caf::strong_actor_ptr>(whose.who));
}

} // namespace troupe::actors
