// Who may use which MAIL FROM: those who logged in, only addresses of their own.

#pragma once

#include "actors/policy/local_domains.hpp"
#include "actors/policy/text_map.hpp"
#include "net/core/mailbox.hpp"
#include "net/core/result.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::policy {

/// `[[auth.sender]]`: what a login may use beside its own addresses.
struct sender_grant {
  std::string user;
  std::vector<std::string> addresses; ///< "sales@local.test", "@local.test", "*".
};

class sender_rule {
public:
  /// Fails with malformed where an address is none.
  [[nodiscard]] static result<sender_rule> make(const std::vector<sender_grant>& grants,
                                                std::shared_ptr<const local_domains> local);

  /// The null sender: everybody, since clients answer with it. A login that is an address:
  /// that address. One that is not: it, in each domain of ours where it has a mailbox or
  /// is an alias. And what was granted. Letters compare without case.
  [[nodiscard]] bool may_send(std::string_view user, const mailbox& from) const;

private:
  struct grants {
    text_set addresses; ///< Lower case.
    text_set domains;   ///< By domain_key.
    bool all = false;
  };

  sender_rule() = default;

  std::shared_ptr<const local_domains> local_;
  text_map<grants> granted_;
};

} // namespace troupe::policy
