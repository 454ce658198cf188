// The field Authentication-Results (RFC 8601): what we found out about a message, told
// to those behind us, and what others told in our name, found and taken out.

#pragma once

#include "net/authentication/arc_chain.hpp"
#include "net/authentication/dkim_check.hpp"
#include "net/authentication/dmarc.hpp"
#include "net/authentication/spf_record.hpp"
#include "net/core/header_section.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::authentication {

struct spf_finding {
  spf_outcome outcome = spf_outcome::none;
  std::string domain;      ///< That was asked about.
  bool of_helo = false;    ///< Not of MAIL FROM: that was null.
};

/// What was looked at; what was not is not told.
struct findings {
  std::optional<spf_finding> spf;
  std::optional<std::vector<dkim_finding>> dkim;
  std::optional<dmarc_finding> dmarc;
  std::optional<arc_finding> arc;
};

/// The results alone, as RFC 8617 wants them too: "spf=pass smtp.mailfrom=…; …".
[[nodiscard]] std::string results_text(const findings& found);

/// The whole field, folded, with its CRLF.
/// @param authserv_id our name
[[nodiscard]] std::string results_field(std::string_view authserv_id, const findings& found);

/// Which fields claim to be ours (§5): to be dropped before ours comes.
[[nodiscard]] std::vector<std::size_t> forged_results(const header_section& header,
                                                      std::string_view authserv_id);

} // namespace troupe::authentication
