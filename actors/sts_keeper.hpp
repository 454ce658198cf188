// STS_KEEPER: knows the MTA-STS policies of domains (RFC 8461), and fetches those it does not.
//
//   Place      SWITCHBOARD -> [STS_KEEPER] -> the pools "dns" and "fetch"
//   Spawned    by the node at start, detached: it reads and writes a file.
//   Dies       on shutdown, or of a crash; who waits for an answer hears worker_lost.
//   Restarted  by its SUPERVISOR. It reads its file: a policy holds for its max_age.
//   Bound      one question for each domain at once, mailbox_limit of them; sts_domains_max
//              policies; a policy that could not be fetched is left alone for a while.
//   States     serving.
//
// What a domain has promised holds until it expires: whoever takes its TXT record or its
// web server away cannot take the promise back (§5). One that never promised is asked anew
// each time; the SWITCHBOARD remembers the answer together with the domain's hosts.

#pragma once

#include "actors/base_actor.hpp"
#include "actors/page_fetcher.hpp"
#include "actors/policy/host_memory.hpp"
#include "actors/policy/sts_book.hpp"
#include "actors/resolver.hpp"
#include "actors/role.hpp"

#include <caf/typed_actor.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace troupe::actors {

/// How the keeper reaches the web servers of policies.
struct sts_terms {
  std::uint16_t port = 443;
  std::string ca_file;               ///< "" for the system's.
  milliseconds fetch_wait{30'000};   ///< For the whole of a call (RFC 8461 §3.3: a minute).
  milliseconds question_wait{30'000};///< A DNS question waits so long for a RESOLVER.
};

struct find_sts_policy {
  std::string domain; ///< A domain key.
  std::shared_ptr<const sts_terms> terms;
};

struct sts_policy_found {
  std::shared_ptr<const policy::sts_policy> policy; ///< Null: the domain has none.
  seconds valid_for{0};                             ///< Ask again after that long.
};

// Fails with worker_lost, mailbox_full or draining: nobody could be asked, which is no answer.
using sts_keeper_actor
  = caf::typed_actor<caf::replies_to<find_sts_policy>::with<sts_policy_found>>;

class sts_keeper final : public base_actor<sts_keeper_actor> {
public:
  /// @param file where policies outlive the node; "" for nowhere
  sts_keeper(caf::actor_config& config, const house& home, std::string file,
             role_ptr<dns_pool_actor> dns, role_ptr<fetch_pool_actor> fetchers);

  const char* name() const override { return "sts_keeper"; }
  void on_exit() override;

protected:
  sts_keeper_actor::behavior_type make_behavior() override;

private:
  using found_promise = caf::typed_response_promise<sts_policy_found>;

  struct search {
    std::shared_ptr<const sts_terms> terms;
    std::string id; ///< Of the policy that is being fetched.
    seconds valid_for{0};
    std::vector<found_promise> waiting;
  };

  found_promise on_find_sts_policy(const find_sts_policy& x);
  void ask_texts(const std::string& domain);
  void on_texts(const std::string& domain, const dns::record_answer& found);
  void ask_addresses(const std::string& domain);
  void fetch(const std::string& domain, const dns::mail_plan& plan);
  void on_page(const std::string& domain, const io::http_response& page);
  void on_fetch_failed(const std::string& domain, const std::string& why);
  void settle(const std::string& domain);
  void fail(const std::string& domain, const caf::error& why);
  void write_file();

  const std::string file_;
  const role_ptr<dns_pool_actor> dns_;
  const role_ptr<fetch_pool_actor> fetchers_;
  policy::sts_book book_;
  policy::host_memory failed_;
  std::map<std::string, search> searches_;
};

/// A domain without a policy is asked again after at least so long, and at most ...
inline constexpr seconds sts_valid_min{60};
inline constexpr seconds sts_valid_max{24 * 3600};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::find_sts_policy)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::sts_policy_found)
