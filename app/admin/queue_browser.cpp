#include "app/admin/queue_browser.hpp"

#include "net/core/expect.hpp"

#include <algorithm>

namespace troupe::app {

namespace {

/// Messages in memory at once while a list is made: each may have a thousand recipients.
constexpr std::size_t page_messages = 50;
/// The writer's cache is the one that counts.
constexpr std::uint64_t reader_cache_bytes = 1024 * 1024;

} // namespace

// One connection, used by one thread at a time.
struct queue_browser::shard_reader {
  explicit shard_reader(storage::queue_store_options from) : options(std::move(from)) {
    options.cache_bytes = reader_cache_bytes;
  }

  template <class Look>
  auto with(Look look) -> decltype(look(std::declval<storage::queue_reader&>())) {
    const std::lock_guard lock(guard);
    if (!reader) {
      auto opened = storage::queue_reader::open(options);
      if (!opened)
        return opened.error();
      reader = *std::move(opened);
    }
    auto answer = look(*reader);
    if (!answer && answer.error().code == errc::storage_failed)
      reader.reset(); // the file may be another one by now
    return answer;
  }

  storage::queue_store_options options;
  std::mutex guard;
  std::unique_ptr<storage::queue_reader> reader;
};

queue_browser::queue_browser(std::vector<storage::queue_store_options> shards) {
  for (auto& each : shards)
    readers_.push_back(std::make_unique<shard_reader>(std::move(each)));
}

queue_browser::~queue_browser() = default;

message_list queue_browser::find(const message_filter& filter, message_id after, std::size_t limit,
                                 wall_time now, steady_time until) {
  struct place {
    message_id reached;
    bool done = false;
  };
  message_list list;
  std::vector<place> places(readers_.size(), place{after, false});
  const auto wanted = [&](const queued_message& mail) { return filter.takes(mail, now); };
  for (;;) {
    // What is behind the shard that lags most is not yet in order.
    std::size_t last = places.size();
    for (std::size_t i = 0; i < places.size(); ++i)
      if (!places[i].done && (last == places.size() || places[i].reached < places[last].reached))
        last = i;
    list.complete = last == places.size();
    if (!list.complete)
      list.next = places[last].reached;
    const auto in_order
      = [&](const listed_message& each) { return list.complete || each.id <= list.next; };
    const auto ready = static_cast<std::size_t>(
      std::count_if(list.messages.begin(), list.messages.end(), in_order));
    if (list.complete || ready >= limit || steady_now() >= until) {
      std::erase_if(list.messages, [&](const auto& each) { return !in_order(each); });
      break;
    }
    auto page = readers_[last]->with([&](storage::queue_reader& reader) {
      return reader.scan(places[last].reached, std::min(limit, page_messages), wanted, filter.kind());
    });
    if (!page) {
      list.unreadable.push_back(page.error().detail);
      places[last].done = true;
      continue;
    }
    places[last] = {page->next, page->last};
    for (const auto& each : page->messages)
      list.messages.push_back(list_message(each, last, filter.kind()));
  }
  std::sort(list.messages.begin(), list.messages.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  if (list.messages.size() > limit) {
    list.messages.resize(limit);
    list.next = list.messages.back().id;
    list.complete = false;
  }
  return list;
}

result<located_mail> queue_browser::load(message_id id) {
  std::optional<error> trouble;
  for (std::size_t i = 0; i < readers_.size(); ++i) {
    auto found
      = readers_[i]->with([&](storage::queue_reader& reader) { return reader.load_mail(id); });
    if (found)
      return located_mail{i, std::move(found->mail), found->as};
    if (found.error().code != errc::not_found)
      trouble = found.error();
  }
  return trouble ? *trouble : error{errc::not_found, "not in the queue"};
}

result<std::string> queue_browser::read_body_head(const located_mail& where) {
  TROUPE_EXPECT(where.shard < readers_.size());
  return readers_[where.shard]->with([&](storage::queue_reader& reader) {
    return reader.read_body_head(where.mail.id, shown_body_bytes_max);
  });
}

result<bool> queue_browser::walk(std::size_t shard, std::size_t rows_max, steady_time until,
                                 const std::function<void(const queued_message&)>& look) {
  TROUPE_EXPECT(shard < readers_.size());
  message_id after;
  for (std::size_t rows = 0; rows < rows_max && steady_now() < until;
       rows += storage::scan_rows_max) {
    const auto page = readers_[shard]->with([&](storage::queue_reader& reader) {
      return reader.scan(after, 1, [&](const queued_message& mail) {
        look(mail);
        return false;
      });
    });
    if (!page)
      return page.error();
    if (page->last)
      return true;
    after = page->next;
  }
  return false;
}

listed_message list_message(const queued_message& mail, std::size_t shard, storage::kept_as kind) {
  listed_message row;
  row.id = mail.id;
  row.shard = shard;
  row.state = shown_state_of(mail, kind);
  row.from = sender_text(mail.sender);
  row.bytes = mail.body_bytes;
  row.received = mail.received;
  row.due = due_of(mail);
  row.reason = mail.hold_reason;
  for (const auto& each : mail.recipients) {
    if (is_settled(each.state))
      continue;
    if (++row.recipients <= listed_recipients_max)
      row.to.push_back(to_string(each.to.address));
    row.attempts = std::max(row.attempts, each.attempts);
    if (row.reason.empty())
      row.reason = each.last_reply;
  }
  return row;
}

} // namespace troupe::app
