// SESSION: the spans of a message that was kept.

#include "actors/doorway.hpp"
#include "actors/reception.hpp"

namespace troupe::actors {

void session::trace(const message_kept& x) {
  const auto& message = *message_;
  const auto& mail = *message.mail;
  auto& book = *door_.house->spans;
  const auto end = wall();

  span root;
  root.message = x.id;
  root.name = "receive";
  root.kind = span_kind::server;
  root.number = span_number(x.id, root.name);
  root.begin = std::min(born_at(x.id), end);
  root.took = end - root.begin;
  root.facts = {{"client.address", peer_.address},
                {"troupe.session", path()},
                {"troupe.recipients", static_cast<std::int64_t>(mail.recipients.size())},
                {"messaging.message.body.size", static_cast<std::int64_t>(mail.body_bytes)}};

  span commit;
  commit.message = x.id;
  commit.name = "commit";
  commit.number = span_number(x.id, commit.name);
  commit.parent = root.number;
  commit.took = std::chrono::duration_cast<std::chrono::microseconds>(now() - message.asked_at);
  commit.begin = std::max(std::chrono::floor<milliseconds>(end - commit.took), root.begin); // read in whole ms
  commit.facts = {{"troupe.shard", static_cast<std::int64_t>(message.shard)}};

  book.add(std::move(root));
  book.add(std::move(commit));
}

} // namespace troupe::actors
