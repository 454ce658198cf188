// Neighbours that only take notes and say what a test puts into their mouths.

#pragma once

#include "actors/route.hpp"
#include "actors/shard.hpp"
#include "actors/store.hpp"
#include "actors/switchboard.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/queue_samples.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace troupe::support {

/// What fake neighbours were told and are to say.
struct prompt_book {
  // The STORE's
  std::map<message_id, actors::keep_message> on_disk;
  std::vector<actors::settle_messages> settled;
  std::vector<std::vector<message_id>> loads;
  std::vector<actors::load_schedule> pages;
  bool disk_is_slow = false; ///< Settlements stay unanswered until commit_waiting.
  bool disk_is_broken = false;
  std::vector<caf::typed_response_promise<actors::messages_settled>> unanswered;

  // The SWITCHBOARD's
  std::vector<std::string> asked;
  std::map<std::string, actors::route_found> routes; ///< By next_hop::key.

  // The ROUTE's, by its name
  std::map<std::string, std::vector<actors::lease_ptr>> leased;

  void write(const actors::settling& what) {
    const auto at = on_disk.find(what.id);
    if (at == on_disk.end())
      return;
    if (what.mail)
      at->second.mail = what.mail;
    else
      on_disk.erase(at);
  }
};

using prompt_book_ptr = std::shared_ptr<prompt_book>;

inline actors::store_actor::behavior_type
fake_store(actors::store_actor::pointer self, prompt_book_ptr book) {
  using namespace actors;
  return {
    [](const keep_message& x) { return message_kept{x.mail->id}; },
    [self, book](const settle_messages& x) -> caf::result<messages_settled> {
      book->settled.push_back(x);
      for (const auto& each : x.all)
        book->write(each);
      if (!book->disk_is_slow)
        return messages_settled{};
      book->unanswered.push_back(self->make_response_promise<messages_settled>());
      return caf::delegated<messages_settled>{};
    },
    [book](const load_schedule& x) -> caf::result<schedule_loaded> {
      if (book->disk_is_broken)
        return to_caf({errc::storage_failed, "broken"});
      book->pages.push_back(x);
      std::vector<storage::due_message> all;
      for (const auto& [id, each] : book->on_disk)
        if (state_of(*each.mail) == message_state::queued)
          if (const storage::due_message at{due_of(*each.mail), id}; at > x.after)
            all.push_back(at);
      std::sort(all.begin(), all.end());
      if (all.size() > x.limit)
        all.resize(x.limit);
      const bool last = all.size() < x.limit;
      return schedule_loaded{std::move(all), last};
    },
    [book](const load_messages& x) -> caf::result<messages_loaded> {
      if (book->disk_is_broken)
        return to_caf({errc::storage_failed, "broken"});
      book->loads.push_back(x.ids);
      messages_loaded loaded;
      for (const auto id : x.ids)
        if (const auto at = book->on_disk.find(id); at != book->on_disk.end())
          loaded.found.push_back(at->second);
        else
          loaded.missing.push_back(id);
      return loaded;
    },
    [](const change_custody&) { return custody_changed{}; },
    [](const load_custody&) { return custody_loaded{}; },
    [](const load_notice_peers&) { return notice_peers_loaded{}; },
    [](const load_notices&) { return notices_loaded{}; },
    [](const describe_store&) { return store_view{}; },
    [](const set_shard_aside&) {},
    [](const use_disk_breaker&) {},
    [](const act_on_breaker&) { return store_view{}; },
    [](const drain&) {},
    [book](const commit_waiting&) {
      for (auto& each : std::exchange(book->unanswered, {}))
        each.deliver(messages_settled{});
    },
    [](const recover_more&) {},
    [](const store_tick&) {},
  };
}

inline actors::switchboard_actor::behavior_type
fake_switchboard(actors::switchboard_actor::pointer, prompt_book_ptr book) {
  using namespace actors;
  return {
    [book](const find_route& x) -> caf::result<route_found> {
      book->asked.push_back(x.hop.key);
      const auto at = book->routes.find(x.hop.key);
      if (at == book->routes.end())
        return to_caf({errc::mailbox_full, "no answer in the book"});
      return at->second;
    },
    [](const describe_routes&) { return routes_view{}; },
    [](const suspend_route&) { return routes_told{}; },
    [](const resume_route&) { return routes_told{}; },
    [](const set_breaker&) { return routes_told{}; },
    [](const ask_again&) {},
    [](const use_outbound_options&) {},
    [](const drain&) {},
  };
}

/// Keeps the leases that it is given until the test speaks for it.
inline actors::route_actor::behavior_type
fake_route(actors::route_actor::pointer self, prompt_book_ptr book, std::string name) {
  using namespace actors;
  return {
    [](const attempt_ended&) {},
    [](const session_opened&) {},
    [](const session_ended&) {},
    [book, name](const lease_messages& x) {
      auto& all = book->leased[name];
      all.insert(all.end(), x.all.begin(), x.all.end());
    },
    [](const refresh_hosts&) {},
    [](const suspend_handing&) {},
    [](const resume_handing&) {},
    [](const act_on_breaker&) {},
    [](const describe_route&) { return route_view{}; },
    [self](const drain&) { self->quit(caf::exit_reason::user_shutdown); },
    [](const start_waiting&) {},
    [](const use_allowance&) {},
    [](const end_excess&) {},
    [](const route_tick&) {},
  };
}

} // namespace troupe::support
