#include "app/admin/json_answer.hpp"

#include <algorithm>

namespace troupe::app {

namespace {

int status_of(errc code) {
  switch (code) {
    case errc::malformed:
    case errc::limit_exceeded: return 400;
    case errc::not_found: return 404;
    case errc::refused: return 409;
    case errc::timed_out: return 504;
    case errc::storage_full:
    case errc::draining:
    case errc::peer_unreachable:
    case errc::mailbox_full:
    case errc::worker_lost: return 503;
    case errc::storage_failed:
    case errc::storage_foreign: return 500;
  }
  return 500;
}

} // namespace

std::string dump(const json& document) {
  return document.dump(-1, ' ', true, json::error_handler_t::replace);
}

io::http_response answer(const json& document, int status) {
  return {status, "application/json", dump(document) + '\n'};
}

io::http_response refuse(int status, std::string_view code, std::string_view message) {
  return answer({{"error", {{"code", code}, {"message", message}}}}, status);
}

io::http_response refuse(const error& why) {
  return refuse(status_of(why.code), to_string(why.code), why.detail);
}

std::int64_t seconds_between(wall_time from, wall_time to) {
  return std::max<std::int64_t>(0, std::chrono::duration_cast<seconds>(to - from).count());
}

} // namespace troupe::app
