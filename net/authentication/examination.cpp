#include "net/authentication/examination.hpp"

#include "net/authentication/author.hpp"
#include "net/authentication/spf.hpp"

#include <algorithm>
#include <utility>

namespace troupe::authentication {

namespace {

spf_facts spf_question(const message_facts& facts) {
  spf_facts asked{facts.client, facts.helo, facts.sender.local, facts.sender.domain};
  if (facts.sender.is_null()) {
    asked.sender_local = "postmaster"; // RFC 7208 §2.4
    asked.sender_domain = facts.helo;
  }
  if (asked.sender_local.empty())
    asked.sender_local = "postmaster";
  return asked;
}

// RFC 7372 §3.
reply spf_refusal(const spf_finding& found) {
  if (found.outcome == spf_outcome::temperror)
    return {451, "4.7.24", {"SPF cannot be checked now, try again later"}};
  return {550, "5.7.23", {"SPF says that this client may not send for that domain"}};
}

bool any_temporary(const std::vector<dkim_finding>& all) {
  return std::any_of(all.begin(), all.end(),
                     [](const auto& each) { return each.outcome == dkim_outcome::temperror; });
}

bool any_passed(const std::vector<dkim_finding>& all) {
  return std::any_of(all.begin(), all.end(), [](const auto& each) { return each.outcome == dkim_outcome::pass; });
}

} // namespace

examination::examination(examination_options options, message_facts facts, std::string start)
  : options_(std::move(options)), facts_(std::move(facts)), start_(std::move(start)),
    header_(split_header(start_, examined_fields_max)) {
  if (options_.dkim != check_mode::off || options_.dmarc != check_mode::off)
    dkim_.emplace(header_, body_);
  if (options_.reads_arc)
    arc_.emplace(header_, body_);
}

std::optional<findings> examination::find() {
  findings made;
  bool complete = true;
  const bool wants_dmarc = options_.dmarc != check_mode::off;
  proofs proved;
  if (options_.spf != check_mode::off || wants_dmarc) {
    const auto asked = spf_question(facts_);
    const auto outcome = facts_.client.family == ip_family::none ? std::optional{spf_outcome::none}
                                                                 : check_spf(asked, book_);
    complete = outcome.has_value();
    made.spf = spf_finding{outcome.value_or(spf_outcome::none), domain_key(asked.sender_domain),
                           facts_.sender.is_null()};
    if (outcome == spf_outcome::pass)
      proved.spf_domain = made.spf->domain;
  }
  if (dkim_) {
    // Asked for even where SPF lacks an answer: so all questions go out together.
    made.dkim = dkim_->judge(body_, book_, facts_.now);
    complete = complete && made.dkim.has_value();
    for (const auto& each : made.dkim.value_or(std::vector<dkim_finding>{}))
      if (each.outcome == dkim_outcome::pass && !each.testing)
        proved.dkim_domains.push_back(each.domain);
  }
  if (wants_dmarc) {
    made.dmarc = check_dmarc(author_domain(header_), proved, book_, facts_.dice);
    complete = complete && made.dmarc.has_value();
  }
  if (arc_) {
    made.arc = arc_->judge(body_, book_, facts_.now);
    complete = complete && made.arc.has_value();
  }
  return complete ? std::optional{std::move(made)} : std::nullopt;
}

bool examination::is_too_long() const noexcept {
  return header_.fields.size() >= examined_fields_max
         || (!header_.complete && start_.size() >= changed_header_bytes_max);
}

std::optional<examined> examination::conclude() {
  if (is_too_long()) {
    examined refused;
    refused.refusal = reply{552, "5.3.4", {"The header is too long to be examined"}};
    refused.reason = "header_too_long";
    return refused;
  }
  auto found = find();
  if (!found)
    return std::nullopt;
  examined made;
  made.found = std::move(*found);
  for (const auto at : forged_results(header_, options_.authserv_id))
    made.changes.fields[at] = {};
  made.changes.prepended = results_field(options_.authserv_id, made.found);
  judge(made);
  return made;
}

void examination::judge(examined& to) const {
  const auto refuse = [&](reply answer, std::string_view reason) {
    to.refusal = std::move(answer);
    to.reason = reason;
  };
  const auto& found = to.found;
  if (options_.spf == check_mode::reject
      && (found.spf->outcome == spf_outcome::fail || found.spf->outcome == spf_outcome::temperror))
    return refuse(spf_refusal(*found.spf), "spf");
  if (options_.dkim == check_mode::reject && !found.dkim->empty() && !any_passed(*found.dkim)) {
    if (any_temporary(*found.dkim))
      return refuse({451, "4.7.5", {"The key of a DKIM signature cannot be had now, try again later"}}, "dkim");
    return refuse({550, "5.7.20", {"No DKIM signature of this message is valid"}}, "dkim");
  }
  if (options_.dmarc != check_mode::reject)
    return;
  switch (found.dmarc->outcome) {
    case dmarc_outcome::none:
    case dmarc_outcome::pass: return;
    case dmarc_outcome::fail: {
      if (found.dmarc->requested != dmarc_policy::reject)
        return;
      // A proof that the DNS kept back may yet come: no letter is lost for a lame server.
      const bool unproved = found.spf->outcome == spf_outcome::temperror || any_temporary(*found.dkim);
      if (unproved)
        return refuse({451, "4.7.1", {"DMARC cannot be checked now, try again later"}}, "dmarc");
      return refuse({550, "5.7.1", {"DMARC: " + found.dmarc->author + " wants such mail refused"}}, "dmarc");
    }
    case dmarc_outcome::temperror:
      return refuse({451, "4.7.1", {"DMARC cannot be checked now, try again later"}}, "dmarc");
    case dmarc_outcome::permerror:
      return refuse({550, "5.7.1", {"Not one author: " + found.dmarc->why}}, "dmarc"); // RFC 7489 §6.6.1
  }
}

} // namespace troupe::authentication
