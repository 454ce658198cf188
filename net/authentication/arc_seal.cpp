#include "net/authentication/arc_seal.hpp"

#include "net/authentication/canonical.hpp"
#include "net/authentication/examination.hpp"
#include "net/authentication/tag_list.hpp"
#include "net/core/base64.hpp"

#include <algorithm>

namespace troupe::authentication {

namespace {

bool says_failed(const header_field& seal) {
  const auto tags = tag_list::parse(seal.value);
  return tags && tags->find_packed("cv") == "fail";
}

} // namespace

sealing::sealing(std::shared_ptr<const signer> who, arc_statement what, std::string start)
  : who_(std::move(who)), what_(std::move(what)), start_(std::move(start)),
    header_(split_header(start_, examined_fields_max)) {
  auto sets = read_arc_sets(header_);
  // §5.1.2: of a chain that can't be read no number follows.
  if (!sets || sets->size() >= arc_sets_max)
    return;
  sets_ = *std::move(sets);
  is_open_ = std::none_of(sets_.begin(), sets_.end(),
                          [this](const auto& each) { return says_failed(header_.fields[each.seal]); });
}

result<std::string> sealing::finish(wall_time now) {
  const auto number = std::to_string(sets_.size() + 1);
  const auto results
    = "ARC-Authentication-Results: i=" + number + "; " + what_.authserv_id + ";\r\n\t" + what_.results + "\r\n";
  auto names = names_to_sign(header_);
  // RFC 8617 §4.1.2: what the author signed stays with its signature.
  const auto signatures = std::count_if(header_.fields.begin(), header_.fields.end(), [](const auto& each) {
    return domain_key(each.name) == "dkim-signature";
  });
  for (auto i = std::min<std::size_t>(static_cast<std::size_t>(signatures), signed_fields_max - names.size()); i > 0; --i)
    names.emplace_back("dkim-signature");
  const auto message = sign_header("ARC-Message-Signature: i=" + number + "; ", *who_, header_, names, body_.finish(), now);
  if (!message)
    return message.error();
  auto seal = "ARC-Seal: i=" + number + "; a=" + std::string(algorithm_of(who_->key)) + "; cv="
              + std::string(to_string(what_.chain)) + ";\r\n\td=" + who_->domain + ";\r\n\ts=" + who_->selector
              + ";\r\n\tt=" + std::to_string(std::chrono::duration_cast<seconds>(now.time_since_epoch()).count())
              + ";\r\n\tb=";
  // §5.1.2: a chain that failed is nobody's to vouch for; the last set stands alone.
  auto text = what_.chain == arc_outcome::fail ? std::string{} : sealed_text(header_, sets_);
  append_canonical(text, results, canonical_form::relaxed);
  append_canonical(text, *message, canonical_form::relaxed);
  append_canonical(text, seal, canonical_form::relaxed);
  text.resize(text.size() - 2);
  const auto signature = who_->key.sign(sha256_of(text));
  if (!signature)
    return signature.error();
  append_folded(seal, encode_base64(*signature));
  return seal + "\r\n" + *message + results;
}

} // namespace troupe::authentication
