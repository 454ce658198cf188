#include "app/admin/actors_api.hpp"

#include "app/admin/actor_acts.hpp"
#include "app/admin/actor_inspect.hpp"
#include "app/admin/actor_json.hpp"
#include "app/admin/actor_list.hpp"

namespace troupe::app {

namespace {

io::http_response on_actors(admin_parts& parts, const io::http_request& request) {
  const auto query = parse_actor_query(request.query);
  if (!query)
    return refuse(query.error());
  const auto all = parts.house.home().actors.everyone();
  const auto found = select(all, *query);
  if (found.count == 0 && !query->path.empty())
    return refuse({errc::not_found, "no actor stands at or below " + query->path});
  std::string text = R"({"actors":[)";
  text.reserve(found.actors.size() * actor_bytes_usual);
  for (const auto* each : found.actors) {
    if (each != found.actors.front())
      text += ',';
    append_actor(text, *each);
  }
  text += R"(],"count":)" + std::to_string(found.count) + "}\n";
  return {200, "application/json", std::move(text)};
}

io::http_response on_inspect(admin_parts& parts, const io::http_request& request) {
  const auto path = '/' + request.part.at("path");
  const auto card = parts.house.home().actors.find(path);
  if (!card)
    return refuse(
      {errc::not_found, "no actor has the path " + path + "; troupectl ps lists them"});
  return answer(inspect(parts.house, *card, steady_now() + ask_deadline));
}

// The act is the last segment: paths of actors have slashes of their own.
io::http_response on_act(admin_parts& parts, const io::http_request& request) {
  const auto& rest = request.part.at("path");
  const auto cut = rest.rfind('/');
  const auto act = rest.substr(cut == rest.npos ? 0 : cut + 1);
  const auto path = '/' + (cut == rest.npos ? std::string{} : rest.substr(0, cut));
  auto how = actors::actor_end::kill;
  if (act == "restart")
    how = actors::actor_end::restart;
  else if (act != "kill")
    return refuse(404, "not_found", "an act on an actor is …/kill or …/restart");
  if (!request.body.empty()) {
    const auto body = json::parse(request.body, nullptr, false);
    if (!body.is_object() || (body.contains("blame") && !body["blame"].is_boolean()))
      return refuse({errc::malformed, R"(the body is {} or {"blame":true})"});
    if (how == actors::actor_end::kill && body.value("blame", false))
      how = actors::actor_end::blame;
  }
  const auto done = end_by_path(parts.house, path, how);
  return done ? answer(*done) : refuse(done.error());
}

} // namespace

void serve_actors(io::http_server& server, admin_parts& parts) {
  server.route("GET", "/v1/actors", [&parts](const auto& x) { return on_actors(parts, x); });
  server.route("GET", "/v1/actors/{path...}",
               [&parts](const auto& x) { return on_inspect(parts, x); });
  server.route("POST", "/v1/actors/{path...}", [&parts](const auto& x) { return on_act(parts, x); });
}

} // namespace troupe::app
