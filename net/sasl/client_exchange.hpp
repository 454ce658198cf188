// The client's half of one login: we, towards a smart host. Pure as the server's.

#pragma once

#include "net/core/result.hpp"
#include "net/sasl/mechanism.hpp"
#include "net/sasl/secret.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::sasl {

struct credentials {
  std::string user;
  secret password;
};

/// The best of what the peer offers: SCRAM-SHA-256, PLAIN, LOGIN. Nothing: none of them.
[[nodiscard]] std::optional<mechanism> choose_mechanism(const std::vector<std::string>& offered,
                                                        const credentials& who);

/// More iterations are refused: they are counted where others wait.
inline constexpr std::uint32_t client_iterations_max = 100'000;

class client_exchange {
public:
  /// @param nonce as that of the server's half
  client_exchange(mechanism which, credentials who, std::string nonce);

  /// Goes along with AUTH; nothing: the server has to ask first.
  [[nodiscard]] std::optional<std::string> initial() const;

  /// Answers a challenge. Fails with malformed, limit_exceeded, or refused where the
  /// server does not know the password either: it is not who it should be.
  [[nodiscard]] result<std::string> answer(std::string_view challenge);

  /// False after SCRAM without the server's own proof: its 235 is worth nothing.
  [[nodiscard]] bool may_succeed() const noexcept { return which_ != mechanism::scram_sha_256 || proven_; }

private:
  result<std::string> answer_scram(std::string_view challenge);

  const mechanism which_;
  const credentials who_;
  const std::string nonce_;
  unsigned answered_ = 0;
  std::string server_signature_;
  bool proven_ = false;
};

} // namespace troupe::sasl
