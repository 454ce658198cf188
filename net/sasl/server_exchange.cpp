#include "net/sasl/server_exchange.hpp"

#include "net/core/base64.hpp"
#include "net/core/expect.hpp"

#include <utility>

namespace troupe::sasl {

server_exchange::server_exchange(mechanism which, channel_bindings bindings, std::string nonce)
  : which_(which), bindings_(std::move(bindings)), nonce_(std::move(nonce)) {}

login_step server_exchange::fail(login_flaw why) {
  waits_for_ = waiting::ended;
  return login_failed{why};
}

login_step server_exchange::begin(std::optional<std::string_view> initial) {
  TROUPE_EXPECT(waits_for_ == waiting::first);
  if (which_ == mechanism::login)
    waits_for_ = waiting::user;
  if (initial)
    return receive(*initial);
  return say_challenge{which_ == mechanism::login ? "Username:" : ""};
}

login_step server_exchange::receive(std::string_view response) {
  switch (waits_for_) {
    case waiting::first: return which_ == mechanism::plain ? take_plain(response) : take_first(response);
    case waiting::user: return take_user(response);
    case waiting::password: return take_password(response);
    case waiting::final: return take_final(response);
    case waiting::nothing_more:
      if (!response.empty())
        return fail(login_flaw::malformed);
      waits_for_ = waiting::ended;
      return logged_in{user_};
    case waiting::verifier:
    case waiting::ended: break;
  }
  TROUPE_EXPECT(!"the client was asked");
  return fail(login_flaw::malformed);
}

login_step server_exchange::take_plain(std::string_view message) {
  const auto first = message.find('\0');
  const auto second = first == message.npos ? message.npos : message.find('\0', first + 1);
  if (second == message.npos)
    return fail(login_flaw::malformed);
  const auto authzid = message.substr(0, first);
  const auto user = message.substr(first + 1, second - first - 1);
  if (!is_user_name(user))
    return fail(login_flaw::malformed);
  user_ = user;
  if (!authzid.empty() && authzid != user)
    return fail(login_flaw::other_user);
  return take_password(message.substr(second + 1));
}

login_step server_exchange::take_user(std::string_view name) {
  if (!is_user_name(name))
    return fail(login_flaw::malformed);
  user_ = name;
  waits_for_ = waiting::password;
  return say_challenge{"Password:"};
}

login_step server_exchange::take_password(std::string_view password) {
  if (password.empty() || password.size() > password_bytes_max || password.find('\0') != password.npos)
    return fail(login_flaw::malformed);
  waits_for_ = waiting::ended;
  return check_password{user_, secret{password}};
}

login_step server_exchange::take_first(std::string_view message) {
  auto read = parse_client_first(message);
  if (!read || !is_user_name(read->user))
    return fail(login_flaw::malformed);
  first_ = std::move(*read);
  user_ = first_.user;
  if (!first_.authzid.empty() && first_.authzid != user_)
    return fail(login_flaw::other_user);
  // RFC 5802 §6: who asks for -PLUS must use it, who doesn't must not; and "y" where we
  // did offer it means that somebody in the middle took it out of our offer.
  const bool plus = which_ == mechanism::scram_sha_256_plus;
  if (plus != (first_.flag == binding_flag::used)
      || (first_.flag == binding_flag::not_offered && !bindings_.empty()))
    return fail(login_flaw::not_bound);
  if (plus) {
    if (first_.binding == "tls-exporter")
      bound_to_ = bindings_.exporter;
    else if (first_.binding == "tls-server-end-point")
      bound_to_ = bindings_.end_point;
    if (bound_to_.empty())
      return fail(login_flaw::not_bound);
  }
  waits_for_ = waiting::verifier;
  return find_verifier{user_};
}

login_step server_exchange::use_verifier(const scram_verifier& verifier, bool is_real) {
  TROUPE_EXPECT(waits_for_ == waiting::verifier);
  verifier_ = verifier;
  is_real_ = is_real;
  nonce_.insert(0, first_.nonce);
  server_first_ = "r=" + nonce_ + ",s=" + encode_base64(verifier.salt)
                  + ",i=" + std::to_string(verifier.iterations);
  waits_for_ = waiting::final;
  return say_challenge{server_first_};
}

login_step server_exchange::take_final(std::string_view message) {
  const auto read = parse_client_final(message);
  if (!read)
    return fail(login_flaw::malformed);
  const auto proof = to_digest(read->proof);
  if (!proof || read->nonce != nonce_)
    return fail(login_flaw::malformed);
  if (read->binding != first_.gs2 + bound_to_)
    return fail(login_flaw::not_bound);
  const auto said = first_.bare + ',' + server_first_ + ',' + read->without_proof;
  const auto client_key = *proof ^ hmac(bytes_of(verifier_.stored_key), said);
  const bool proven = equal(sha256(bytes_of(client_key)), verifier_.stored_key);
  if (!proven || !is_real_)
    return fail(login_flaw::wrong_proof);
  waits_for_ = waiting::nothing_more;
  return say_challenge{"v=" + encode_base64(bytes_of(hmac(bytes_of(verifier_.server_key), said)))};
}

} // namespace troupe::sasl
