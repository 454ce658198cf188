#include "actors/route_name.hpp"

namespace troupe::actors {

std::string route_name(const policy::next_hop& hop, const dns::mail_plan& plan) {
  if (hop.kind != policy::next_hop_kind::mx)
    return hop.key;
  const auto mark = hop.key.rfind('~');
  return mark == std::string::npos ? plan.site : plan.site + hop.key.substr(mark);
}

} // namespace troupe::actors
