#include "net/authentication/ascii_domain.hpp"

#include "net/core/address_text.hpp"

#include <idn2.h>

#include <algorithm>
#include <memory>

namespace troupe::authentication {

result<std::string> ascii_domain(std::string_view domain) {
  if (std::all_of(domain.begin(), domain.end(), is_ascii))
    return std::string(domain);
  char* made = nullptr;
  const int failed
    = ::idn2_to_ascii_8z(std::string(domain).c_str(), &made, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<char, decltype(&::idn2_free)> held(made, &::idn2_free);
  if (failed != IDN2_OK)
    return error{errc::malformed, "a domain that the DNS can't have"};
  return std::string(made);
}

} // namespace troupe::authentication
