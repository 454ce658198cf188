// What became of one attempt for one recipient.

#pragma once

#include "net/core/reply.hpp"

#include <cstdint>
#include <string>

namespace troupe {

enum class outcome_kind : std::uint8_t {
  delivered, ///< The next hop, or the mailbox here, has taken responsibility.
  deferred,  ///< Try again later. Everything that nobody knows is this.
  failed,    ///< Never try again: bounce.
};

struct outcome {
  outcome_kind kind = outcome_kind::deferred;
  reply answer;       ///< Of the remote host, or one of ours in the same form.
  std::string remote; ///< "mx.example.net [192.0.2.1]:25", "maildir:/srv/…"; or empty.
  bool remote_said = false; ///< `answer` came off the wire (RFC 3464 §2.3.6 quotes only those).
  std::string tls{};        ///< What it travelled in: "TLSv1.3 TLS_AES_256_GCM_SHA384"; or empty.
  bool takes_dsn = false;   ///< The next hop announced DSN, so notices of success are its duty.

  friend bool operator==(const outcome&, const outcome&) = default;
};

} // namespace troupe
