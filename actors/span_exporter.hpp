// SPAN_EXPORTER: sends the spans of messages to a collector (OTLP over HTTP).
//
//   Place      SESSION, SHARD -> span_book -> [SPAN_EXPORTER] -> the pools "dns" and "fetch"
//   Spawned    by the node at start.
//   Dies       on shutdown, or of a crash: then the spans of one call are lost.
//   Restarted  by its SUPERVISOR.
//   Bound      one call at a time, of spans_per_call; meanwhile the book fills up to
//              spans_max. A trace is no promise: mail never waits for it.
//   States     serving; or waiting, after a call that went wrong.

#pragma once

#include "actors/base_actor.hpp"
#include "actors/otlp.hpp"
#include "actors/page_fetcher.hpp"
#include "actors/resolver.hpp"
#include "actors/role.hpp"
#include "actors/span_book.hpp"
#include "net/core/http_url.hpp"

#include <caf/typed_actor.hpp>

#include <memory>
#include <optional>
#include <string>

namespace troupe::actors {

struct span_terms {
  std::optional<http_url> to; ///< Nothing: no traces.
  std::string ca_file;        ///< PEM; "" for the system's.
  double share = 1;           ///< Of the messages.
  milliseconds question_wait{30'000};

  friend bool operator==(const span_terms&, const span_terms&) = default;
};

struct use_span_terms {
  span_terms terms;
};

/// Looks into the book.
struct span_tick {};

using span_exporter_actor = caf::typed_actor<caf::reacts_to<use_span_terms>, caf::reacts_to<span_tick>>;

inline constexpr std::size_t spans_per_call = 1024;
inline constexpr milliseconds span_call_wait{10'000};
/// After a call that went wrong: from, doubled each time, to.
inline constexpr seconds span_pause_min{1};
inline constexpr seconds span_pause_max{60};

class span_exporter final : public base_actor<span_exporter_actor> {
public:
  span_exporter(caf::actor_config& config, const house& home, span_terms terms, span_source self,
                std::shared_ptr<span_book> book, role_ptr<dns_pool_actor> dns,
                role_ptr<fetch_pool_actor> fetchers);

  const char* name() const override { return "span_exporter"; }

protected:
  span_exporter_actor::behavior_type make_behavior() override;

private:
  void on_use_span_terms(const use_span_terms& x);
  void send_next();
  void find_collector();
  void post(std::vector<std::string> addresses);
  void on_answer(const io::http_response& page);
  void on_failed(const std::string& why);

  span_terms terms_;
  const span_source self_;
  const std::shared_ptr<span_book> book_;
  const role_ptr<dns_pool_actor> dns_;
  const role_ptr<fetch_pool_actor> fetchers_;
  std::string text_;      ///< Of the spans that are on their way; empty: none.
  std::size_t count_ = 0; ///< Spans in it.
  bool calling_ = false;
  seconds pause_{0};
  steady_time not_before_{};
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::use_span_terms)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::span_tick)
