#include "actors/flow.hpp"

#include <caf/message.hpp>
#include <caf/sec.hpp>

namespace troupe::actors {

namespace {

constexpr std::uint8_t restart_code = 1;

caf::atom_value ending_category() { return caf::atom("ending"); }

} // namespace

caf::error restart_asked() { return {restart_code, ending_category()}; }

bool is_restart(const caf::error& reason) {
  return reason.category() == ending_category() && reason.code() == restart_code;
}

caf::error to_caf(const error& why) {
  return {static_cast<std::uint8_t>(why.code), caf::atom("troupe"), caf::make_message(why.detail)};
}

error from_caf(const caf::error& why) {
  if (why.category() == caf::atom("troupe")) {
    const auto& context = why.context();
    return {static_cast<errc>(why.code()),
            context.match_elements<std::string>() ? context.get_as<std::string>(0) : std::string{}};
  }
  if (why == caf::sec::request_timeout)
    return {errc::timed_out, "request timed out"};
  return {errc::worker_lost, "the actor asked is gone"};
}

} // namespace troupe::actors
