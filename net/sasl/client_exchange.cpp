#include "net/sasl/client_exchange.hpp"

#include "net/core/address_text.hpp"
#include "net/core/base64.hpp"
#include "net/sasl/scram_crypto.hpp"
#include "net/sasl/scram_text.hpp"
#include "net/sasl/scram_verifier.hpp"

#include <algorithm>

namespace troupe::sasl {

std::optional<mechanism> choose_mechanism(const std::vector<std::string>& offered,
                                          const credentials& who) {
  const auto has = [&offered](mechanism which) {
    return std::any_of(offered.begin(), offered.end(),
                       [which](const auto& each) { return parse_mechanism(each) == which; });
  };
  const auto word = who.password.view();
  // Other passwords would need SASLprep.
  if (has(mechanism::scram_sha_256) && std::all_of(word.begin(), word.end(), is_printable))
    return mechanism::scram_sha_256;
  if (has(mechanism::plain))
    return mechanism::plain;
  if (has(mechanism::login))
    return mechanism::login;
  return std::nullopt;
}

client_exchange::client_exchange(mechanism which, credentials who, std::string nonce)
  : which_(which), who_(std::move(who)), nonce_(std::move(nonce)) {}

std::optional<std::string> client_exchange::initial() const {
  switch (which_) {
    case mechanism::plain: return '\0' + who_.user + '\0' + std::string{who_.password.view()};
    case mechanism::login: return std::nullopt;
    case mechanism::scram_sha_256:
    case mechanism::scram_sha_256_plus: break;
  }
  return "n,,n=" + to_saslname(who_.user) + ",r=" + nonce_;
}

result<std::string> client_exchange::answer(std::string_view challenge) {
  const auto turn = answered_++;
  switch (which_) {
    case mechanism::plain: break;
    case mechanism::login:
      if (turn == 0)
        return who_.user;
      if (turn == 1)
        return std::string{who_.password.view()};
      break;
    case mechanism::scram_sha_256:
    case mechanism::scram_sha_256_plus:
      if (turn == 0)
        return answer_scram(challenge);
      if (turn == 1) {
        if (server_signature_.empty() || challenge != server_signature_)
          return error{errc::refused, "the server could not prove that it knows the password"};
        proven_ = true;
        return std::string{};
      }
      break;
  }
  return error{errc::malformed, "a challenge too many"};
}

result<std::string> client_exchange::answer_scram(std::string_view challenge) {
  const auto first = parse_server_first(challenge);
  if (!first)
    return first.error();
  if (!first->nonce.starts_with(nonce_) || first->nonce.size() == nonce_.size())
    return error{errc::malformed, "the server's nonce does not go on from ours"};
  if (first->iterations < scram_iterations_min || first->iterations > client_iterations_max)
    return error{errc::limit_exceeded, "the server wants " + std::to_string(first->iterations) + " iterations"};
  const auto salted = salted_password(who_.password.view(), first->salt, first->iterations);
  const auto client_key = hmac(bytes_of(salted), "Client Key");
  const auto without_proof = "c=biws,r=" + first->nonce; // base64 of "n,,"
  const auto said = "n=" + to_saslname(who_.user) + ",r=" + nonce_ + ',' + std::string{challenge} + ','
                    + without_proof;
  const auto proof = client_key ^ hmac(bytes_of(sha256(bytes_of(client_key))), said);
  server_signature_
    = "v=" + encode_base64(bytes_of(hmac(bytes_of(hmac(bytes_of(salted), "Server Key")), said)));
  return without_proof + ",p=" + encode_base64(bytes_of(proof));
}

} // namespace troupe::sasl
