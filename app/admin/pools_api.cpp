#include "app/admin/pools_api.hpp"

#include "actors/metrics.hpp"
#include "actors/pool.hpp"
#include "app/admin/ask.hpp"
#include "app/admin/histogram_json.hpp"
#include "app/admin/stage_json.hpp"
#include "app/admin/storage_pool.hpp"

#include <algorithm>

namespace troupe::app {

namespace {

io::http_response on_pools(admin_parts& parts) {
  auto& house = parts.house;
  const auto deadline = steady_now() + ask_deadline;
  std::vector<std::string> paths;
  for (auto& each : house.home().actors.everyone())
    if (each.kind == "pool")
      paths.push_back(std::move(each.path));
  std::sort(paths.begin(), paths.end());
  std::vector<question<actors::pool_view>> questions;
  for (const auto& each : paths) {
    const auto card = house.home().actors.find(each);
    const auto who = card ? handle_of<actors::pool_face>(*card) : actors::pool_face{};
    if (who)
      questions.push_back(
        ask<actors::pool_view>(house.system(), house.home(), who, actors::describe_pool{}));
  }
  json list = json::array();
  const auto add = [&](const actors::pool_view& view) {
    list.push_back(pool_json(view));
    list.back()["job_seconds"] = histogram_json(house.home().metrics.pool_job_seconds(view.name));
  };
  for (auto& each : questions)
    if (const auto view = each.await(deadline))
      add(*view);
  const auto silent = questions.size() - list.size();
  add(storage_pool(house, look_at_shards(house, shard_question::store_only, deadline)));
  return answer({{"pools", std::move(list)}, {"count", questions.size() + 1}, {"silent", silent}});
}

} // namespace

void serve_pools(io::http_server& server, admin_parts& parts) {
  server.route("GET", "/v1/pools", [&parts](const auto&) { return on_pools(parts); });
}

} // namespace troupe::app
