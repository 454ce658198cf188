#include "actors/cluster/parcel.hpp"

namespace troupe::actors {

std::string_view to_string(channel which) noexcept {
  switch (which) {
    case channel::membership: return "membership";
    case channel::copies: return "copies";
    case channel::limits: return "limits";
    case channel::questions: return "questions";
  }
  return "unknown";
}

} // namespace troupe::actors
