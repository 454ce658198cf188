#include "net/authentication/organizational_domain.hpp"

#include <libpsl.h>

namespace troupe::authentication {

std::string organizational_domain(std::string_view domain) {
  const std::string name{domain};
  const auto* const registered = psl_registrable_domain(psl_builtin(), name.c_str());
  return registered != nullptr ? std::string(registered) : name;
}

} // namespace troupe::authentication
