#include "net/authentication/arc_chain.hpp"

#include "net/authentication/canonical.hpp"
#include "net/authentication/dkim_key.hpp"
#include "net/authentication/tag_list.hpp"
#include "net/core/address_text.hpp"
#include "net/core/base64.hpp"
#include "net/core/mailbox.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace troupe::authentication {

namespace {

constexpr std::array<std::string_view, 3> names{"ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"};

error broken(std::string why) { return {errc::malformed, std::move(why)}; }

/// i= of any of the three. The results are no list of tags, but begin as one.
std::optional<std::uint64_t> number_of(std::string_view value, bool is_results) {
  const auto tags = tag_list::parse(is_results ? value.substr(0, value.find(';')) : value);
  if (!tags)
    return std::nullopt;
  const auto text = tags->find_packed("i");
  return text ? whole_number(*text) : std::nullopt;
}

} // namespace

std::string_view to_string(arc_outcome what) noexcept {
  switch (what) {
    case arc_outcome::none: return "none";
    case arc_outcome::pass: return "pass";
    case arc_outcome::fail: return "fail";
  }
  return "none";
}

result<std::vector<arc_set>> read_arc_sets(const header_section& header) {
  std::map<std::uint64_t, std::array<std::optional<std::size_t>, names.size()>> found;
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    const auto& field = header.fields[i];
    const auto name = std::find_if(names.begin(), names.end(),
                                   [&](const auto each) { return equal_ignoring_case(field.name, each); });
    if (name == names.end())
      continue;
    const auto which = static_cast<std::size_t>(name - names.begin());
    const auto number = number_of(field.value, which == 0);
    if (!number || *number == 0 || *number > arc_sets_max)
      return broken("a set has no number");
    auto& place = found[*number][which];
    if (place)
      return broken("a set has a field twice");
    place = i;
  }
  std::vector<arc_set> sets;
  for (const auto& [number, fields] : found) {
    if (number != sets.size() + 1)
      return broken("a set is missing");
    if (!fields[0] || !fields[1] || !fields[2])
      return broken("a set lacks a field");
    sets.push_back({*fields[0], *fields[1], *fields[2]});
  }
  return sets;
}

std::string sealed_text(const header_section& header, const std::vector<arc_set>& sets) {
  std::string text;
  for (const auto& each : sets)
    for (const auto field : {each.results, each.message, each.seal})
      append_canonical(text, header.fields[field].whole, canonical_form::relaxed);
  return text;
}

arc_check::arc_check(const header_section& header, body_digests& body) : header_(header) {
  if (const auto read = read_chain(body); !read)
    broken_ = read.error().detail;
}

// RFC 8617 §5.2, steps 1 to 3.
status arc_check::read_chain(body_digests& body) {
  auto sets = read_arc_sets(header_);
  if (!sets)
    return sets.error();
  sets_ = *std::move(sets);
  for (const auto& each : sets_) {
    auto made = read_seal(header_.fields[each.seal].value);
    if (!made)
      return made.error();
    // What failed once, stays so; and only the first finds nothing.
    if (made->says != (seals_.empty() ? "none" : "pass"))
      return broken("a seal says cv=" + std::string(made->says == "fail" ? "fail" : "otherwise than it may"));
    seals_.push_back(*std::move(made));
  }
  if (sets_.empty())
    return {};
  auto latest = parse_signature(header_.fields[sets_.back().message].value, signature_form::arc_message);
  if (!latest)
    return latest.error();
  if (std::find(latest->fields.begin(), latest->fields.end(), "arc-seal") != latest->fields.end())
    return broken("a signature covers seals");
  body.want(latest->body, latest->length);
  latest_ = *std::move(latest);
  return {};
}

result<arc_check::seal> arc_check::read_seal(std::string_view value) {
  const auto tags = tag_list::parse(value);
  if (!tags)
    return tags.error();
  for (const auto* const name : {"a", "b", "cv", "d", "s"})
    if (!tags->find(name) || tags->find(name)->empty())
      return broken("a seal lacks " + std::string(name) + "=");
  if (tags->find("h") || tags->find("bh"))
    return broken("a seal names fields"); // §4.1.3
  seal made;
  const auto algorithm = *tags->find_packed("a");
  if (algorithm != "rsa-sha256" && algorithm != "ed25519-sha256")
    return broken("a seal names no algorithm that we know");
  made.kind = algorithm == "rsa-sha256" ? key_kind::rsa : key_kind::ed25519;
  made.domain = domain_key(*tags->find_packed("d"));
  made.selector = domain_key(*tags->find_packed("s"));
  made.says = *tags->find_packed("cv");
  auto signature = decode_base64(*tags->find_packed("b"));
  if (!signature || !is_domain(made.domain))
    return broken("a seal is damaged");
  made.signature = *std::move(signature);
  return made;
}

std::optional<arc_finding> arc_check::judge(const body_digests& body, dns_book& book, wall_time now) const {
  if (!broken_.empty())
    return arc_finding{arc_outcome::fail, broken_};
  if (sets_.empty())
    return arc_finding{};
  const auto* const of_latest = book.find(key_name(latest_->selector, latest_->domain), record_type::txt);
  bool complete = of_latest != nullptr;
  std::vector<const dns_answer*> keys;
  for (const auto& each : seals_) {
    keys.push_back(book.find(key_name(each.selector, each.domain), record_type::txt));
    complete = complete && keys.back() != nullptr;
  }
  if (!complete)
    return std::nullopt;
  const auto found = judge_signature(header_, sets_.back().message, *latest_, body, *of_latest, now);
  if (found.outcome != dkim_outcome::pass)
    return arc_finding{arc_outcome::fail, "of the last set, " + found.why};
  for (std::size_t i = seals_.size(); i-- > 0;)
    if (const auto fine = check_seal(i, *keys[i]); !fine)
      return arc_finding{arc_outcome::fail, "of seal " + std::to_string(i + 1) + ", " + fine.error().detail};
  return arc_finding{arc_outcome::pass, {}};
}

status arc_check::check_seal(std::size_t at, const dns_answer& answer) const {
  const auto& mine = seals_[at];
  const auto key = key_from(answer, mine.kind);
  if (!key)
    return key.error();
  const std::vector<arc_set> before(sets_.begin(), sets_.begin() + static_cast<std::ptrdiff_t>(at));
  auto text = sealed_text(header_, before);
  for (const auto field : {sets_[at].results, sets_[at].message})
    append_canonical(text, header_.fields[field].whole, canonical_form::relaxed);
  append_canonical(text, without_signature(header_.fields[sets_[at].seal].whole), canonical_form::relaxed);
  text.resize(text.size() - 2); // as a signature's own field: without the line end
  if (!key->key.verify(sha256_of(text), mine.signature))
    return broken("signature did not verify");
  return {};
}

} // namespace troupe::authentication
