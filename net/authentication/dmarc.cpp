#include "net/authentication/dmarc.hpp"

#include "net/authentication/organizational_domain.hpp"
#include "net/authentication/tag_list.hpp"
#include "net/core/address_text.hpp"
#include "net/core/mailbox.hpp"

#include <algorithm>

namespace troupe::authentication {

namespace {

constexpr unsigned hundred = 100;

std::optional<dmarc_policy> policy_of(std::string_view name) {
  for (const auto each : {dmarc_policy::none, dmarc_policy::quarantine, dmarc_policy::reject})
    if (equal_ignoring_case(name, to_string(each)))
      return each;
  return std::nullopt;
}

/// §6.6.3: two records are as good as none.
std::optional<dmarc_record> record_of(const dns_answer& answer) {
  std::optional<dmarc_record> found;
  for (const auto& text : answer.texts)
    if (auto record = parse_dmarc_record(text)) {
      if (found)
        return std::nullopt;
      found = *record;
    }
  return found;
}

bool is_aligned(std::string_view proved, std::string_view author, bool strict) {
  return proved == author
         || (!strict && !proved.empty() && organizational_domain(proved) == organizational_domain(author));
}

dmarc_policy sampled(dmarc_policy wanted, unsigned percent, unsigned dice) {
  if (dice < percent)
    return wanted;
  return wanted == dmarc_policy::reject ? dmarc_policy::quarantine : dmarc_policy::none; // §6.6.4
}

} // namespace

std::string_view to_string(dmarc_policy what) noexcept {
  switch (what) {
    case dmarc_policy::none: return "none";
    case dmarc_policy::quarantine: return "quarantine";
    case dmarc_policy::reject: return "reject";
  }
  return "none";
}

std::string_view to_string(dmarc_outcome what) noexcept {
  switch (what) {
    case dmarc_outcome::none: return "none";
    case dmarc_outcome::pass: return "pass";
    case dmarc_outcome::fail: return "fail";
    case dmarc_outcome::temperror: return "temperror";
    case dmarc_outcome::permerror: return "permerror";
  }
  return "none";
}

result<dmarc_record> parse_dmarc_record(std::string_view text) {
  const auto tags = tag_list::parse(text);
  if (!tags || tags->first() != "v" || *tags->find("v") != "DMARC1")
    return error{errc::malformed, "no DMARC record"};
  dmarc_record made;
  const auto policy = policy_of(tags->find("p").value_or(""));
  if (!policy && !tags->find("rua"))
    return error{errc::malformed, "the DMARC record has no policy"};
  made.policy = policy.value_or(dmarc_policy::none);
  const auto below = tags->find("sp");
  made.below = below ? policy_of(*below).value_or(made.policy) : made.policy;
  if (const auto percent = tags->find("pct"))
    made.percent = static_cast<unsigned>(std::min<std::uint64_t>(whole_number(*percent).value_or(hundred), hundred));
  made.strict_dkim = tags->find("adkim") == "s";
  made.strict_spf = tags->find("aspf") == "s";
  return made;
}

std::optional<dmarc_finding> check_dmarc(const result<std::string>& author, const proofs& proved,
                                         dns_book& book, unsigned dice) {
  dmarc_finding found;
  if (!author) {
    found.outcome = dmarc_outcome::permerror;
    found.why = author.error().detail;
    return found;
  }
  found.author = *author;
  if (!is_domain(*author))
    return found; // a literal, or a name in letters that the DNS has not
  const auto* const own = book.find("_dmarc." + *author, record_type::txt);
  const auto organization = organizational_domain(*author);
  const auto* const parent
    = organization == *author ? own : book.find("_dmarc." + organization, record_type::txt);
  if (own == nullptr || parent == nullptr)
    return std::nullopt;
  auto record = record_of(*own);
  const bool inherited = !record && organization != *author;
  if (inherited)
    record = record_of(*parent);
  if (!record) {
    const bool failed = own->outcome == dns_outcome::failed || parent->outcome == dns_outcome::failed;
    found.outcome = failed ? dmarc_outcome::temperror : dmarc_outcome::none;
    return found;
  }
  found.published = inherited ? record->below : record->policy;
  const bool passed
    = is_aligned(proved.spf_domain, *author, record->strict_spf)
      || std::any_of(proved.dkim_domains.begin(), proved.dkim_domains.end(),
                     [&](const auto& each) { return is_aligned(each, *author, record->strict_dkim); });
  found.outcome = passed ? dmarc_outcome::pass : dmarc_outcome::fail;
  if (!passed)
    found.requested = sampled(found.published, record->percent, dice);
  return found;
}

} // namespace troupe::authentication
