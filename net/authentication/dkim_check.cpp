#include "net/authentication/dkim_check.hpp"

#include "net/authentication/dkim_key.hpp"
#include "net/core/address_text.hpp"
#include "net/core/expect.hpp"

namespace troupe::authentication {

namespace {

/// A signer's clock may be ahead of ours by so much; and x= lasts so much longer.
constexpr std::uint64_t clock_skew_seconds = 300;

dkim_outcome outcome_of(const error& why) {
  switch (why.code) {
    case errc::timed_out: return dkim_outcome::temperror;
    case errc::refused:
    case errc::limit_exceeded: return dkim_outcome::policy;
    default: return dkim_outcome::permerror;
  }
}

std::uint64_t seconds_of(wall_time at) {
  return static_cast<std::uint64_t>(
    std::chrono::duration_cast<seconds>(at.time_since_epoch()).count());
}

} // namespace

std::string_view to_string(dkim_outcome what) noexcept {
  switch (what) {
    case dkim_outcome::none: return "none";
    case dkim_outcome::pass: return "pass";
    case dkim_outcome::fail: return "fail";
    case dkim_outcome::policy: return "policy";
    case dkim_outcome::neutral: return "neutral";
    case dkim_outcome::temperror: return "temperror";
    case dkim_outcome::permerror: return "permerror";
  }
  return "none";
}

void body_digests::want(canonical_form form, std::uint64_t length) {
  running_.try_emplace({form, length}, form, length);
}

void body_digests::take(std::string_view bytes) {
  for (auto& [what, digest] : running_)
    digest.take(bytes);
}

void body_digests::end() {
  for (auto& [what, digest] : running_) {
    auto& to = made_[what];
    to.digest = digest.finish();
    to.unsigned_bytes = digest.unsigned_bytes();
    to.missing_bytes = digest.missing_bytes();
  }
  running_.clear();
}

const body_digests::made& body_digests::of(canonical_form form, std::uint64_t length) const {
  const auto at = made_.find({form, length});
  TROUPE_EXPECT(at != made_.end());
  return at->second;
}

dkim_check::dkim_check(const header_section& header, body_digests& body) : header_(header) {
  for (std::size_t i = 0; i < header.fields.size() && candidates_.size() < signatures_max; ++i) {
    if (!equal_ignoring_case(header.fields[i].name, "DKIM-Signature"))
      continue;
    candidates_.push_back({i, parse_signature(header.fields[i].value)});
    if (const auto& made = candidates_.back().signature)
      body.want(made->body, made->length);
  }
}

std::optional<std::vector<dkim_finding>> dkim_check::judge(const body_digests& body, dns_book& book,
                                                           wall_time now) const {
  std::vector<const dns_answer*> keys;
  bool complete = true;
  for (const auto& each : candidates_) {
    keys.push_back(each.signature ? book.find(key_name(each.signature->selector, each.signature->domain),
                                              record_type::txt)
                                  : nullptr);
    complete = complete && (!each.signature || keys.back() != nullptr);
  }
  if (!complete)
    return std::nullopt;
  std::vector<dkim_finding> findings;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const auto& one = candidates_[i];
    if (one.signature) {
      findings.push_back(judge_signature(header_, one.field, *one.signature, body, *keys[i], now));
      continue;
    }
    auto& found = findings.emplace_back();
    found.outcome = outcome_of(one.signature.error());
    found.why = one.signature.error().detail;
  }
  return findings;
}

dkim_finding judge_signature(const header_section& header, std::size_t field, const dkim_signature& signature,
                             const body_digests& body, const dns_answer& answer, wall_time now) {
  dkim_finding found;
  found.domain = signature.domain;
  found.selector = signature.selector;
  found.kind = signature.kind;
  found.signature_start = signature.signature_start;
  const auto say = [&](dkim_outcome outcome, std::string why) {
    found.outcome = outcome;
    found.why = std::move(why);
    return found;
  };
  if (signature.expires && seconds_of(now) > *signature.expires + clock_skew_seconds)
    return say(dkim_outcome::policy, "signature expired");
  if (signature.made && *signature.made > seconds_of(now) + clock_skew_seconds)
    return say(dkim_outcome::policy, "signature of the future");
  const auto key = key_from(answer, signature.kind);
  if (!key)
    return say(outcome_of(key.error()), key.error().detail);
  found.testing = key->testing;
  if (key->strict_identity && signature.identity != signature.domain)
    return say(dkim_outcome::permerror, "i= is not d= itself");
  const auto& hash = body.of(signature.body, signature.length);
  if (hash.missing_bytes > 0)
    return say(dkim_outcome::permerror, "l= is longer than the body");
  if (hash.digest != signature.body_hash)
    return say(dkim_outcome::fail, "body hash did not verify");
  const auto digest = header_digest(header, field, without_signature(header.fields[field].whole),
                                    signature.fields, signature.header);
  if (!key->key.verify(digest, signature.signature))
    return say(dkim_outcome::fail, "signature did not verify");
  // RFC 6376 §8.2: whoever appends to the body must not do it under this name.
  if (hash.unsigned_bytes > 0)
    return say(dkim_outcome::policy, "l= leaves a part of the body unsigned");
  return say(dkim_outcome::pass, {});
}

} // namespace troupe::authentication
