// Turns the recipients that a client named into those that mail is sent to:
// aliases opened, doubles dropped.

#pragma once

#include "actors/policy/local_domains.hpp"
#include "actors/policy/text_map.hpp"
#include "net/core/envelope.hpp"
#include "net/core/reply.hpp"

#include <optional>
#include <string>
#include <vector>

namespace troupe::policy {

struct alias_bounds {
  unsigned depth_max = 10;              ///< Aliases of aliases of ...
  std::size_t recipients_max = 1000;    ///< Met while opening one, aliases among them included.
  std::size_t transaction_max = 10'000; ///< Recipients of one message in the end.
};

/// The recipients of one transaction. One added twice, or reached twice, gets the
/// message once, with the NOTIFY wishes of both.
///
/// A loop is cut, not refused: an alias that is met again on the way is passed
/// over, and whoever else was found gets the mail. An alias that names itself in
/// a domain where such a user exists (info = ["info", "ann"]) delivers to that
/// user as well. Where a loop leaves nobody at all, the recipient is refused.
class alias_expansion {
public:
  explicit alias_expansion(const local_domains& local, const alias_bounds& bounds = {});

  /// Adds a recipient that admission accepted; NOTIFY goes on to all that it
  /// becomes, and ORCPT too, made of the address where the client gave none
  /// (RFC 3461 §5.2.7). Nothing: done. A reply: refused whole, nothing was added:
  /// 451 4.2.4 above a bound, 550 5.4.6 where a loop leaves nobody.
  [[nodiscard]] std::optional<reply> add(const recipient& given);

  [[nodiscard]] const std::vector<recipient>& recipients() const noexcept { return final_; }

  /// Gives the recipients away and starts anew.
  [[nodiscard]] std::vector<recipient> take();

private:
  [[nodiscard]] std::optional<reply> open(const mailbox& alias, std::vector<mailbox>& found) const;
  void keep(recipient each);

  const local_domains* local_;
  alias_bounds bounds_;
  std::vector<recipient> final_;
  text_map<std::size_t> places_; ///< Of final_, once it is worth it.
};

/// The same for a whole list. Fails with limit_exceeded or refused, for a caller
/// that has no client to answer.
[[nodiscard]] result<std::vector<recipient>> expand_all(const local_domains& local,
                                                        const std::vector<recipient>& given,
                                                        const alias_bounds& bounds = {});

} // namespace troupe::policy
