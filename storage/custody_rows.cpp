#include "storage/custody_rows.hpp"

#include "storage/queue_schema.hpp"

#include <limits>

namespace troupe::storage {

namespace {

constexpr auto number_max = std::numeric_limits<std::int64_t>::max();

} // namespace

status custody_rows::prepare(const sqlite_database& db) {
  const std::pair<const char*, sqlite_statement&> all[] = {
    {"SELECT custody.id, custody.row, message.state, message.file FROM custody "
     "LEFT JOIN message ON message.id = custody.id WHERE custody.id > ?1 ORDER BY custody.id LIMIT ?2",
     custody_},
    // Not by GROUP BY: there may be a million notices for a node that is away.
    {"SELECT peer FROM notice WHERE peer >= ?1 ORDER BY peer LIMIT 1", next_peer_},
    {"SELECT max(sequence) FROM notice WHERE peer = ?1", last_notice_},
    {"SELECT sequence, row FROM notice WHERE peer = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3", notices_},
  };
  for (const auto& [sql, into] : all)
    if (auto done = db.prepare(sql, into); !done)
      return done;
  return {};
}

result<std::vector<custody_found>> custody_rows::load_custody(message_id after, std::size_t limit) {
  const statement_guard done{custody_};
  custody_.bind(1, after.value).bind(2, static_cast<std::int64_t>(limit));
  std::vector<custody_found> found;
  for (;;) {
    const auto row = custody_.step();
    if (!row)
      return row.error();
    if (!*row)
      return found;
    auto& each = found.emplace_back();
    each.id = {custody_.number(0)};
    each.row = custody_.blob(1);
    if (custody_.is_null(2))
      continue;
    const auto state = state_of_column(custody_.number(2));
    if (state != message_state::copy || custody_.number(3) == 0 || bodies_.holds(each.id))
      each.message = state;
  }
}

result<std::vector<notice_peer>> custody_rows::load_notice_peers() {
  std::vector<notice_peer> found;
  for (auto from = std::numeric_limits<std::int64_t>::min();;) {
    const statement_guard peer_done{next_peer_};
    const auto peer = next_peer_.bind(1, from).step();
    if (!peer)
      return peer.error();
    if (!*peer)
      return found;
    const auto number = next_peer_.number(0);
    const statement_guard last_done{last_notice_};
    const auto last = last_notice_.bind(1, number).step();
    if (!last)
      return last.error();
    found.push_back({static_cast<std::uint64_t>(number), static_cast<std::uint64_t>(last_notice_.number(0))});
    if (number == number_max)
      return found;
    from = number + 1;
  }
}

result<std::vector<notice_found>> custody_rows::load_notices(std::uint64_t peer, std::uint64_t after,
                                                             std::size_t limit) {
  const statement_guard done{notices_};
  notices_.bind(1, static_cast<std::int64_t>(peer))
    .bind(2, static_cast<std::int64_t>(std::min(after, static_cast<std::uint64_t>(number_max))))
    .bind(3, static_cast<std::int64_t>(limit));
  std::vector<notice_found> found;
  for (;;) {
    const auto row = notices_.step();
    if (!row)
      return row.error();
    if (!*row)
      return found;
    found.push_back({static_cast<std::uint64_t>(notices_.number(0)), std::string{notices_.blob(1)}});
  }
}

} // namespace troupe::storage
