// The server's half of one login, as a pure machine: what the client says goes in
// (without base64, which is SMTP's), what to do next comes out.
//
//   mechanism            steps                                               rule
//   PLAIN                authzid NUL user NUL password                       RFC 4616
//   LOGIN                user, password                                      draft-murchison-sasl-login
//   SCRAM-SHA-256        client-first, verifier, client-final, empty         RFC 5802, 7677
//   SCRAM-SHA-256-PLUS   the same, bound to the TLS connection               RFC 5929, 9266
//
// Whoever wants to act for somebody else (an authzid that is not the user) is refused.

#pragma once

#include "net/sasl/mechanism.hpp"
#include "net/sasl/scram_text.hpp"
#include "net/sasl/scram_verifier.hpp"
#include "net/sasl/secret.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace troupe::sasl {

/// Say it to the client, and `receive` its answer.
struct say_challenge {
  std::string bytes;
};
/// Is it that user's password? The exchange is over, whatever comes of it.
struct check_password {
  std::string user;
  secret password;
};
/// Answer with `use_verifier`.
struct find_verifier {
  std::string user;
};
/// The client proved that it is that user.
struct logged_in {
  std::string user;
};
enum class login_flaw : std::uint8_t {
  malformed,   ///< The client broke the mechanism's grammar.
  wrong_proof, ///< It does not know the password, or nobody is called that.
  not_bound,   ///< Channel binding: of another connection, a kind we lack, or argued away.
  other_user,  ///< It wants to act for somebody else.
};
struct login_failed {
  login_flaw why;
};

using login_step
  = std::variant<say_challenge, check_password, find_verifier, logged_in, login_failed>;

class server_exchange {
public:
  /// @param bindings of the connection; -PLUS was offered where they are not empty
  /// @param nonce fresh random text, printable and without a comma, at least 18 bytes
  server_exchange(mechanism which, channel_bindings bindings, std::string nonce);

  /// The client's first words; nothing where it waits to be asked.
  [[nodiscard]] login_step begin(std::optional<std::string_view> initial);

  /// What it answered to a challenge. @pre the last step was say_challenge
  [[nodiscard]] login_step receive(std::string_view response);

  /// @param is_real false: nobody is called that. The client is asked all the same, lest
  /// it learns so, and fails at the end. @pre the last step was find_verifier
  [[nodiscard]] login_step use_verifier(const scram_verifier& verifier, bool is_real);

  [[nodiscard]] mechanism which() const noexcept { return which_; }
  /// Who it says that it is; empty until it did.
  [[nodiscard]] const std::string& user() const noexcept { return user_; }

private:
  enum class waiting : std::uint8_t { first, user, password, verifier, final, nothing_more, ended };

  login_step fail(login_flaw why);
  login_step take_plain(std::string_view message);
  login_step take_user(std::string_view name);
  login_step take_password(std::string_view password);
  login_step take_first(std::string_view message);
  login_step take_final(std::string_view message);

  const mechanism which_;
  const channel_bindings bindings_;
  std::string nonce_;  ///< Ours; from client-first on both.
  waiting waits_for_ = waiting::first;
  std::string user_;
  client_first first_;
  std::string bound_to_;    ///< The channel binding data that the client named.
  std::string server_first_;
  scram_verifier verifier_;
  bool is_real_ = false;
};

} // namespace troupe::sasl
