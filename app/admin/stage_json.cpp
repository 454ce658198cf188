#include "app/admin/stage_json.hpp"

namespace troupe::app {

namespace {

template <class Span>
double in_seconds(Span span) {
  return std::chrono::duration<double>(span).count();
}

} // namespace

json breaker_json(const std::string& name, const policy::breaker_view& view, steady_time now) {
  json out{{"name", name},
           {"state", policy::to_string(view.state)},
           {"forced", policy::to_string(view.forced)},
           {"requests", view.requests},
           {"failures", view.failures},
           {"probes_out", view.probes_out}};
  // By force it stays open for ever, which is no number.
  if (view.until != steady_time{} && view.until != steady_time::max())
    out["open_seconds"] = in_seconds(std::max(view.until - now, steady_time::duration{0}));
  out["opens_for_seconds"] = in_seconds(view.opens_for);
  if (!view.last_reason.empty())
    out["last_reason"] = view.last_reason;
  auto& transitions = out["transitions"] = json::object();
  for (const auto each : {policy::breaker_state::closed, policy::breaker_state::open,
                          policy::breaker_state::half_open})
    transitions[std::string(policy::to_string(each))] = view.transitions[static_cast<std::size_t>(each)];
  return out;
}

json spread_json(const policy::spread& of) {
  return {{"count", of.count},
          {"min", in_seconds(of.least)},
          {"mean", in_seconds(of.mean())},
          {"max", in_seconds(of.most)}};
}

json pool_json(const actors::pool_view& pool) {
  const auto& view = pool.numbers;
  json out{{"name", pool.name},       {"state", pool.state},     {"min", pool.min},
           {"max", pool.max},         {"mailbox", pool.mailbox}, {"buffer_limit", pool.buffer},
           {"workers", view.workers}, {"wanted", view.wanted},   {"busy", view.busy},
           {"at_work", view.at_work}, {"abandoned", view.abandoned}, {"buffered", view.buffered},
           {"restarts", pool.restarts}};
  auto& classes = out["buffered_by_class"] = json::array();
  for (const auto each : view.by_class)
    classes.push_back(each);
  auto& jobs = out["jobs"] = {{"submitted", view.jobs.submitted}};
  for (std::size_t i = 0; i < policy::job_outcomes; ++i)
    jobs[std::string(to_string(static_cast<policy::job_outcome>(i)))] = view.jobs.by_outcome[i];
  out["wait_seconds"] = spread_json(view.waits);
  out["run_seconds"] = spread_json(view.runs);
  auto& trouble = out["trouble"] = json::array();
  if (view.health.no_worker)
    trouble.push_back("no worker");
  if (view.health.buffer_full)
    trouble.push_back("buffer full");
  if (view.health.no_progress)
    trouble.push_back("no progress");
  out["healthy"] = view.health.is_well();
  return out;
}

} // namespace troupe::app
