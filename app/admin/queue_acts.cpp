#include "app/admin/queue_acts.hpp"

#include "app/admin/ask.hpp"
#include "app/admin/json_answer.hpp"
#include "net/core/body.hpp"

#include <array>

namespace troupe::app {

namespace {

struct act_name {
  actors::queue_act act;
  const char* path;
  const char* reason; ///< When the operator gives none.
};
constexpr std::array acts{
  act_name{actors::queue_act::hold, "/v1/queue/hold", "held by the operator"},
  act_name{actors::queue_act::release, "/v1/queue/release", "released by the operator"},
  act_name{actors::queue_act::retry, "/v1/queue/retry", "retried by the operator"},
  act_name{actors::queue_act::remove, "/v1/queue/remove", "removed by the operator"},
  act_name{actors::queue_act::bounce, "/v1/queue/bounce", "returned to its sender by the operator"},
};

/// A message on which something is to be done.
struct target {
  message_id id;
  std::size_t shard = 0;
  std::uint64_t bytes = 0;
};

// Sends targets to their SHARDS, chunk by chunk, and counts what was done.
class performer {
public:
  performer(admin_parts& parts, actors::queue_act act, std::string reason)
    : parts_(parts),
      act_(act),
      reason_(std::move(reason)) {}

  [[nodiscard]] std::size_t done() const noexcept { return done_; }

  [[nodiscard]] status perform(const std::vector<target>& all) {
    std::vector<chunk> open(parts_.house.shards().size());
    for (const auto& each : all) {
      auto& to = open[each.shard];
      // The SHARD reads them with their bodies; a body of a file stays on disk.
      const auto bytes = each.bytes <= body_inline_bytes_max ? each.bytes : 0;
      if (to.ids.size() >= act_chunk_messages || to.bytes + bytes > act_chunk_bytes)
        if (const auto sent = send(open); !sent)
          return sent;
      to.ids.push_back(each.id);
      to.bytes += bytes;
    }
    return send(open);
  }

private:
  struct chunk {
    std::vector<message_id> ids;
    std::uint64_t bytes = 0;
  };

  status send(std::vector<chunk>& open) {
    const auto deadline = steady_now() + act_deadline;
    auto& house = parts_.house;
    std::vector<question<actors::operated>> questions;
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (open[i].ids.empty())
        continue;
      questions.push_back(
        ask<actors::operated>(house.system(), house.home(), house.shards()[i].shard->now(),
                              actors::operate{act_, std::move(open[i].ids), reason_}));
      open[i] = {};
    }
    status outcome;
    for (auto& each : questions) {
      const auto said = each.await(deadline);
      if (said)
        done_ += said->count;
      else
        outcome = said.error();
    }
    return outcome;
  }

  admin_parts& parts_;
  const actors::queue_act act_;
  const std::string reason_;
  std::size_t done_ = 0;
};

error copy_refusal(const std::string& which) {
  return {errc::refused, which + ": a copy of another node's message; act on it at the node that owns it"};
}

io::http_response refuse_after(const error& why, std::size_t done) {
  return refuse({why.code, why.detail + "; done so far: " + std::to_string(done)});
}

io::http_response act_on_ids(admin_parts& parts, performer& by, const act_request& what) {
  std::vector<target> targets;
  json unknown = json::array();
  for (const auto id : what.ids) {
    const auto found = parts.browser.load(id);
    // Nothing at all is done then: who names a copy is at the wrong node.
    if (found && found->kind == storage::kept_as::copy)
      return refuse(copy_refusal(to_string(id)));
    if (found)
      targets.push_back({id, found->shard, found->mail.body_bytes});
    else if (found.error().code == errc::not_found)
      unknown.push_back(to_string(id));
    else
      return refuse(found.error());
  }
  if (targets.empty())
    return refuse({errc::not_found, what.ids.size() == 1
                                      ? to_string(what.ids.front()) + " is not in the queue"
                                      : "none of these is in the queue"});
  if (const auto performed = by.perform(targets); !performed)
    return refuse_after(performed.error(), by.done());
  return answer({{"done", by.done()}, {"unknown", std::move(unknown)}, {"complete", true}});
}

io::http_response act_on_filter(admin_parts& parts, performer& by, const act_request& what) {
  const auto until = steady_now() + act_time_max;
  const auto now = wall_now();
  auto after = what.after;
  for (;;) {
    const auto list = parts.browser.find(what.filter, after, act_chunk_messages, now, until);
    std::vector<target> targets;
    for (const auto& each : list.messages)
      targets.push_back({each.id, each.shard, each.bytes});
    if (const auto performed = by.perform(targets); !performed)
      return refuse_after(performed.error(), by.done());
    if (list.complete && !list.unreadable.empty())
      return refuse_after({errc::storage_failed, list.unreadable.front()}, by.done());
    if (list.complete)
      return answer({{"done", by.done()}, {"complete", true}});
    after = list.next;
    if (steady_now() >= until)
      return answer({{"done", by.done()}, {"complete", false}, {"next", to_string(after)}});
  }
}

io::http_response on_act(admin_parts& parts, const act_name& which,
                         const io::http_request& request) {
  auto what = parse_act(request.body);
  if (!what)
    return refuse(what.error());
  if (what->filter.kind() == storage::kept_as::copy)
    return refuse(copy_refusal("state copy"));
  performer by(parts, which.act, what->reason.empty() ? which.reason : what->reason);
  return what->ids.empty() ? act_on_filter(parts, by, *what) : act_on_ids(parts, by, *what);
}

} // namespace

void serve_acts(io::http_server& server, admin_parts& parts) {
  for (const auto& each : acts)
    server.route("POST", each.path,
                 [&parts, &each](const auto& x) { return on_act(parts, each, x); });
}

} // namespace troupe::app
