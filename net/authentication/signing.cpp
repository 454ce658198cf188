#include "net/authentication/signing.hpp"

#include "net/authentication/author.hpp"
#include "net/authentication/examination.hpp"

#include <algorithm>

namespace troupe::authentication {

namespace {

/// Those of the domain itself, or else of the nearest one above it that has any.
std::vector<const signer*> choose(const signers& all, std::string_view author) {
  std::vector<const signer*> chosen;
  for (const auto& each : all) {
    if (!is_within(author, each.domain))
      continue;
    if (!chosen.empty() && each.domain.size() > chosen.front()->domain.size())
      chosen.clear();
    if (chosen.size() < own_signatures_max && (chosen.empty() || each.domain == chosen.front()->domain))
      chosen.push_back(&each);
  }
  return chosen;
}

} // namespace

signing::signing(signers_ptr all, std::string start)
  : all_(std::move(all)), start_(std::move(start)), header_(split_header(start_, examined_fields_max)) {
  if (const auto author = author_domain(header_))
    chosen_ = choose(*all_, *author);
}

result<std::string> signing::finish(wall_time now) {
  const auto hash = body_.finish();
  std::string fields;
  for (const auto* const each : chosen_) {
    const auto one = sign_message(*each, header_, hash, now);
    if (!one)
      return one.error();
    fields += *one;
  }
  return fields;
}

result<std::string> signatures_for(const signers_ptr& all, std::string_view message, wall_time now) {
  signing one{all, std::string(message.substr(0, changed_header_bytes_max))};
  if (!one.is_wanted())
    return std::string{};
  one.take_body(message.substr(one.text_from()));
  return one.finish(now);
}

} // namespace troupe::authentication
