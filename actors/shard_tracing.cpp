// SHARD: the spans of an attempt, and of the wait before it.

#include "actors/shard.hpp"

#include <algorithm>

namespace troupe::actors {

namespace {

/// The first that is not well, or else the first.
const policy::attempt_result* telling(const std::vector<policy::attempt_result>& all) {
  const auto bad = std::find_if(all.begin(), all.end(), [](const auto& each) {
    return each.what.kind != outcome_kind::delivered;
  });
  return all.empty() ? nullptr : bad != all.end() ? &*bad : &all.front();
}

} // namespace

void shard::trace(const attempt_finished& x) const {
  if (x.end != attempt_end::made && x.end != attempt_end::crashed)
    return;
  const auto& mail = *x.what->mail;
  const auto& first = mail.recipients[x.what->recipients.front()];
  const auto end = wall();
  const auto born = std::min(born_at(mail.id), end);

  span attempt;
  attempt.message = mail.id;
  attempt.name = "deliver";
  attempt.kind = span_kind::client;
  attempt.parent = span_number(mail.id, "receive");
  attempt.took = x.took;
  attempt.begin = std::max(end - x.took, born); // clocks are read in whole ms: no span begins before its message
  const auto which = static_cast<std::uint64_t>(attempt.begin.time_since_epoch().count())
                     ^ std::hash<std::string>{}(x.what->hop.key);
  attempt.number = span_number(mail.id, attempt.name, which);
  attempt.facts = {{"troupe.next_hop", x.what->hop.key},
                   {"troupe.attempt", std::int64_t{first.attempts} + 1},
                   {"troupe.recipients", static_cast<std::int64_t>(x.what->recipients.size())}};
  if (const auto* result = telling(x.results)) {
    attempt.failed = result->what.kind != outcome_kind::delivered;
    attempt.facts.push_back({"server.address", result->what.remote});
    attempt.facts.push_back({"smtp.response.code", result->what.answer.code});
    if (attempt.failed)
      attempt.fault = to_string(result->what.answer);
  } else {
    attempt.failed = true;
    attempt.fault = x.why;
  }

  span wait;
  wait.message = mail.id;
  wait.name = "wait";
  wait.parent = attempt.parent;
  wait.begin = std::clamp(std::max(mail.received, first.last_attempt), born, attempt.begin);
  wait.took = attempt.begin - wait.begin;
  wait.number = span_number(mail.id, wait.name, which);

  options_.spans->add(std::move(wait));
  options_.spans->add(std::move(attempt));
}

} // namespace troupe::actors
