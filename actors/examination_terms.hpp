// What a door does about signatures and policies; immutable, replaced whole by a reload.

#pragma once

#include "net/authentication/examination.hpp"
#include "net/authentication/signing.hpp"

#include <memory>
#include <string>

namespace troupe::actors {

struct examination_terms {
  authentication::examination_options checks; ///< Of mail from strangers.
  authentication::signers_ptr signers;        ///< Of mail from our own; null: it is not signed.
  std::shared_ptr<const authentication::signer> sealer; ///< Of what goes on for strangers; null: it is not sealed.
  std::string srs_secret;                     ///< "": senders of forwarded mail stay as they are.
  std::string srs_domain;
};

/// Null where all of it is off.
using examination_terms_ptr = std::shared_ptr<const examination_terms>;

} // namespace troupe::actors
