#include "app/troupectl/top.hpp"

#include "app/exit_code.hpp"
#include "app/troupectl/screen.hpp"

namespace troupe::app {

namespace {

constexpr int refresh_ms = 1000;
constexpr const char* mailboxes = "/v1/actors?sort=mailbox&limit=30";

} // namespace

top_data look_around(const caller& daemon) {
  top_data data;
  const auto ask = [&](json& to, const char* target) {
    to = json::object();
    try {
      to = daemon.get(target);
    } catch (const failure& why) {
      if (data.trouble.empty())
        data.trouble = why.what;
    }
  };
  ask(data.status, "/v1/status");
  // Who is away is asked no more: every question has its own wait.
  if (data.status.empty())
    return data;
  ask(data.breakers, "/v1/breakers");
  ask(data.pools, "/v1/pools");
  ask(data.routes, "/v1/routes");
  ask(data.actors, mailboxes);
  return data;
}

void run_top(const caller& daemon) {
  const auto page = screen::open();
  if (!page)
    throw failure{exit_usage, "top needs a terminal; --once prints one picture"};
  do
    page->show(top_frame(look_around(daemon), page->size()));
  while (!page->wants_to_leave(refresh_ms));
}

} // namespace troupe::app
