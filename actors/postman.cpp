#include "actors/postman.hpp"

#include "actors/policy/received_header.hpp"

#include <map>

namespace troupe::actors {

namespace {

outcome answer_of(const result<std::string>& done) {
  outcome what;
  if (done) {
    what.kind = outcome_kind::delivered;
    what.answer = {250, "2.0.0", {"Delivered"}};
    what.remote = "maildir:" + *done;
    return what;
  }
  // RFC 3463: full, or some other trouble with the mailbox. Always temporary.
  const bool full = done.error().code == errc::storage_full;
  what.answer = {451, full ? "4.3.1" : "4.2.0", {done.error().detail}};
  what.remote = "maildir";
  return what;
}

outcome no_folder(const error& why) {
  outcome what;
  what.kind = outcome_kind::failed;
  what.answer = {550, "5.1.3", {why.detail}};
  what.remote = "maildir";
  return what;
}

std::string prefix_for(const lease& what, const queued_recipient& to) {
  return policy::return_path_header(what.mail->sender) + "Delivered-To: " + to_string(to.to.address)
         + "\r\n";
}

} // namespace

postman::postman(caf::actor_config& config, const house& home, std::string path,
                 std::string hostname, foreman_actor route)
  : base_actor(config, home, {"postman", std::move(path), postman_prefetch_max + 1}),
    folders_(hostname), route_(std::move(route)) {}

worker_actor::behavior_type postman::make_behavior() {
  send<caf::message_priority::high>(route_, session_opened{});
  return {
    [this](const deliver& x) { on_deliver(x); },
    [this](const leave&) { on_leave(); },
    [this](const make_room&) { on_leave(); }, // it has no place among the sessions
  };
}

void postman::on_exit() {
  route_ = nullptr;
  base_actor::on_exit();
}

void postman::on_deliver(const deliver& x) {
  tasks_.push_back({x.what, steady_now()});
  // What waits in the mailbox joins this round; the last one of it sets off.
  if (tasks_.size() >= postman_prefetch_max || mailbox().empty())
    work();
}

void postman::on_leave() {
  leaving_ = true;
  work();
  send<caf::message_priority::high>(route_, session_ended{});
  quit();
}

void postman::work() {
  // One sync of a folder for all its letters of this round.
  struct letter_place {
    std::size_t task;
    std::size_t recipient;
  };
  std::map<std::string, std::vector<letter_place>> by_folder;
  std::vector<std::vector<policy::attempt_result>> results(tasks_.size());
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    const auto& what = *tasks_[i].what;
    const auto path = storage::maildir_path::parse(what.hop.path);
    for (const auto index : what.recipients) {
      const auto& to = what.mail->recipients[index];
      auto folder = path ? path->folder_of(to.to.address) : result<std::string>(path.error());
      if (folder)
        by_folder[*folder].push_back({i, index});
      else
        results[i].push_back({index, no_folder(folder.error()), policy::reach::arrived});
    }
  }
  for (const auto& [folder, places] : by_folder) {
    std::vector<std::string> prefixes;
    prefixes.reserve(places.size());
    std::vector<storage::maildir_letter> letters;
    for (const auto& each : places) {
      const auto& what = *tasks_[each.task].what;
      prefixes.push_back(prefix_for(what, what.mail->recipients[each.recipient]));
      letters.push_back({prefixes.back(), what.body});
    }
    const auto answers = folders_.deliver(folder, letters);
    for (std::size_t k = 0; k < places.size(); ++k)
      results[places[k].task].push_back(
        {places[k].recipient, answer_of(answers[k]), policy::reach::arrived});
  }
  const auto now = steady_now();
  for (std::size_t i = 0; i < tasks_.size(); ++i)
    send<caf::message_priority::high>(
      route_, attempt_ended{{tasks_[i].what, attempt_end::made, std::move(results[i]), {},
                             std::chrono::duration_cast<milliseconds>(now - tasks_[i].since)},
                            host_news::fine,
                            !leaving_});
  tasks_.clear();
}

} // namespace troupe::actors
