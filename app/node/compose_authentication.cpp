#include "app/node/compose_authentication.hpp"

#include "app/node/compose.hpp"

#include <fstream>
#include <iterator>
#include <utility>

namespace troupe::app {

namespace {

constexpr std::size_t key_file_bytes_max = 64 * 1024;

authentication::check_mode mode_of(check_mode mode) {
  switch (mode) {
    case check_mode::off: return authentication::check_mode::off;
    case check_mode::mark: return authentication::check_mode::mark;
    case check_mode::reject: return authentication::check_mode::reject;
  }
  return authentication::check_mode::off;
}

result<authentication::private_key> read_key(const std::string& path) {
  std::ifstream file(path);
  std::string pem(key_file_bytes_max, '\0');
  file.read(pem.data(), static_cast<std::streamsize>(pem.size()));
  if (file.bad() || file.gcount() == 0)
    return error{errc::not_found, "cannot be read"};
  pem.resize(static_cast<std::size_t>(file.gcount()));
  return authentication::private_key::parse(pem);
}

/// The one key that seals, or null.
result<std::shared_ptr<const authentication::signer>> find_sealer(const config& from,
                                                                  const authentication::signers_ptr& all) {
  std::shared_ptr<const authentication::signer> found;
  for (std::size_t i = 0; i < from.dkims.size(); ++i) {
    if (from.dkims[i].arc != arc_use::seal)
      continue;
    const auto place = "dkim[" + std::to_string(i + 1) + "].arc: ";
    if (found)
      return error{errc::malformed, place + "another key seals already"};
    const auto& one = (*all)[i];
    if (one.key.kind() != authentication::key_kind::rsa)
      return error{errc::malformed, place + "hardly anybody can read a seal that is not RSA's"};
    found = std::make_shared<const authentication::signer>(one);
  }
  return found;
}

result<authentication::signers_ptr> make_signers(const config& from) {
  authentication::signers all;
  for (std::size_t i = 0; i < from.dkims.size(); ++i) {
    const auto& each = from.dkims[i];
    auto key = read_key(each.key);
    if (!key)
      return error{key.error().code,
                   "dkim[" + std::to_string(i + 1) + "].key: " + each.key + ": " + key.error().detail};
    all.push_back({domain_key(each.domain), domain_key(each.selector), *std::move(key)});
  }
  return all.empty() ? nullptr : std::make_shared<const authentication::signers>(std::move(all));
}

} // namespace

result<actors::examination_terms_ptr> make_examination_terms(const config& from) {
  auto signers = make_signers(from);
  if (!signers)
    return signers.error();
  actors::examination_terms made;
  made.signers = *std::move(signers);
  auto sealer = find_sealer(from, made.signers);
  if (!sealer)
    return sealer.error();
  made.sealer = *std::move(sealer);
  made.checks.reads_arc = from.verify.arc == arc_mode::mark || made.sealer; // a seal says what it found
  made.checks.spf = mode_of(from.verify.spf);
  made.checks.dkim = mode_of(from.verify.dkim);
  made.checks.dmarc = mode_of(from.verify.dmarc);
  made.checks.authserv_id = from.node.hostname;
  made.srs_secret = from.srs.secret;
  made.srs_domain = domain_key(from.node.hostname);
  if (!made.signers && !made.checks.looks_at_anything() && made.srs_secret.empty())
    return actors::examination_terms_ptr{};
  return actors::examination_terms_ptr{std::make_shared<const actors::examination_terms>(std::move(made))};
}

actors::pool_terms make_examination_pool(const config& from) {
  const auto& given = from.pool.examination;
  actors::pool_terms terms{
    .name = "examination", .path = "/outbound/examination", .pool = {}, .restarts = make_supervision(from)};
  terms.pool.min = given.min;
  terms.pool.max = given.max;
  terms.pool.mailbox = given.mailbox;
  terms.pool.buffer = given.buffer;
  terms.pool.timeout = given.timeout;
  terms.pool.style = policy::work_style::all_at_once;
  return terms;
}

} // namespace troupe::app
