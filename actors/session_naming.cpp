// SESSION: the client's name, which its filters are told; asked for once, when the first
// of them is, and only then.

#include "actors/dns_answers.hpp"
#include "actors/doorway.hpp"
#include "actors/filtering.hpp"

#include <utility>

namespace troupe::actors {

/// Goes on to the filters at once, or when the name is known or can't be had in time.
void session::name_client() {
  auto& mine = *filtering_;
  if (mine.named)
    return reach_filters();
  mine.naming.emplace();
  begin_filter_wait(client_name_wait_max);
  look_for_client_name();
}

void session::look_for_client_name() {
  auto& mine = *filtering_;
  while (!(mine.named = authentication::find_client_name(address_, *mine.naming))) {
    const auto missing = mine.naming->take_missing();
    bool waits = missing.empty(); // for what was asked before
    for (const auto& question : missing)
      waits = ask_about_client(question) || waits;
    if (waits)
      return;
  }
  mine.naming.reset();
  mine.waits_for = 0;
  reach_filters();
}

/// False: nobody can be asked now.
bool session::ask_about_client(const authentication::dns_question& question) {
  const auto dns = door_.house->dns->now();
  if (!dns) {
    filtering_->naming->write(question, {});
    return false;
  }
  submit<find_hosts> job;
  job.job = question_for(question);
  job.wait = client_name_wait_max;
  const auto note = [this, question, asked = filtering_->waits_for](const authentication::dns_answer& known) {
    if (!filtering_ || filtering_->waits_for != asked || !filtering_->naming)
      return;
    filtering_->naming->write(question, known);
    look_for_client_name();
    run();
  };
  request(dns, caf::infinite, std::move(job))
    .then([note, type = question.type](const hosts_found& x) { note(answer_from(x.records, type)); },
          [note](const caf::error&) { note({}); });
  return true;
}

/// Without it, then.
void session::on_client_unnamed() {
  filtering_->naming->close();
  look_for_client_name();
}

} // namespace troupe::actors
