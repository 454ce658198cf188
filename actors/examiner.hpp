// EXAMINER: looks at whole messages: checks those of strangers (SPF, DKIM, DMARC, ARC) and
// seals what goes on for them, signs those of our own.
//
//   Place      SESSION -> the pool "examination" -> [EXAMINER] -> the pool "dns"
//   Spawned    by the pool, detached: it reads large bodies from their files, and hashes.
//   Dies       when the pool lets it go, or of a crash; who waits hears worker_lost.
//   Restarted  by the pool. The SESSION says 451, and its client comes again.
//   Bound      the pool gives it options.mailbox messages at once; of each the header
//              (changed_header_bytes_max) is held, of the body one piece. Questions to the
//              DNS: questions_max for a message, and after questions_wait what is not
//              answered has failed. While the DNS is ill (the breaker) nothing is asked.
//   States     serving.

#pragma once

#include "actors/base_actor.hpp"
#include "actors/breaker_notes.hpp"
#include "actors/examination_terms.hpp"
#include "actors/policy/breaker.hpp"
#include "actors/pool.hpp"
#include "actors/resolver.hpp"
#include "actors/role.hpp"
#include "net/authentication/arc_seal.hpp"
#include "net/core/body.hpp"
#include "net/core/message_changes.hpp"
#include "storage/body_reader.hpp"

#include <caf/typed_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace troupe::actors {

enum class examination_kind : std::uint8_t { check, sign, seal };

struct examine_message {
  body_ptr body; ///< Whole; in memory or in a file.
  examination_kind kind = examination_kind::check;
  examination_terms_ptr terms;
  authentication::message_facts facts; ///< Of check; of the others only the time.
  authentication::arc_statement statement; ///< Of seal.
};

struct message_examined {
  std::optional<reply> refusal;
  std::string reason; ///< For messages_rejected_total: "spf", "dkim", "dmarc".
  std::shared_ptr<const message_changes> changes; ///< Null: none.
  authentication::arc_statement statement;        ///< Of check: for who seals it.
};

/// Looks after those that wait for the DNS.
struct examiner_ticked {};

// Fails with not_found, storage_failed (its body cannot be read) or refused (libcrypto
// does not sign).
using examiner_actor = caf::typed_actor<caf::replies_to<examine_message>::with<message_examined>,
                                        caf::reacts_to<examiner_ticked>>;
using examination_pool_actor = pool_actor<examine_message, message_examined>;

/// For all questions about one message (RFC 7208 §4.6.4 says at least 20 s).
inline constexpr seconds questions_wait{20};

class examiner final : public base_actor<examiner_actor> {
public:
  examiner(caf::actor_config& config, const house& home, std::uint64_t number, std::size_t mailbox_limit,
           const policy::breaker_options& breaker, role_ptr<dns_pool_actor> dns);

  const char* name() const override { return "examiner"; }
  void on_exit() override;

protected:
  examiner_actor::behavior_type make_behavior() override;

private:
  using examined_promise = caf::typed_response_promise<message_examined>;

  struct pending {
    std::unique_ptr<authentication::examination> work;
    examined_promise promise;
    steady_time since;
  };

  caf::result<message_examined> on_examine_message(const examine_message& x);
  void on_examiner_ticked();
  [[nodiscard]] result<message_examined> sign(const examine_message& x) const;
  template <class Work>
  [[nodiscard]] result<message_examined> put_in_front(const examine_message& x, const storage::body_reader& reader,
                                                      Work& work) const;
  [[nodiscard]] status check(const examine_message& x, pending& to) const;
  void conclude(std::uint64_t number);
  [[nodiscard]] bool ask(std::uint64_t number, const authentication::dns_question& question);
  void answer(std::uint64_t number, const authentication::dns_question& question,
              const authentication::dns_answer& known);
  void on_question_failed(std::uint64_t number, const authentication::dns_question& question, const error& why);
  void finish(std::uint64_t number, authentication::examined&& made);
  void note_dns(const std::optional<policy::breaker_change>& change);

  const role_ptr<dns_pool_actor> dns_;
  policy::breaker breaker_;
  breaker_notes breaker_notes_;
  std::map<std::uint64_t, pending> pending_;
  std::uint64_t examined_ = 0;
  bool ticking_ = false;
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::examine_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::message_examined)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::examiner_ticked)
