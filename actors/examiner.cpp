#include "actors/examiner.hpp"

#include "actors/dns_answers.hpp"
#include "actors/event_log.hpp"
#include "actors/metrics.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors {

namespace {

constexpr std::size_t piece_bytes = 256 * 1024;
constexpr seconds examiner_tick_interval{1};

/// Gives each piece of the body from `offset` on to `take`.
template <class Take>
status read_on(const storage::body_reader& reader, std::uint64_t offset, Take take) {
  std::string piece(piece_bytes, '\0');
  while (offset < reader.size()) {
    const auto bytes = reader.read(offset, piece);
    if (!bytes)
      return bytes.error();
    take(*bytes);
    offset += bytes->size();
  }
  return {};
}

/// The message from its beginning, so far that its header is in it or the bound is reached.
result<std::string> read_start(const storage::body_reader& reader) {
  std::string start;
  std::string piece(piece_bytes, '\0');
  while (start.size() < std::min<std::uint64_t>(reader.size(), changed_header_bytes_max)) {
    const auto bytes = reader.read(start.size(), piece);
    if (!bytes)
      return bytes.error();
    const auto from = start.size() < 3 ? 0 : start.size() - 3;
    start += bytes->substr(0, changed_header_bytes_max - start.size());
    if (start.find("\r\n\r\n", from) != start.npos)
      break;
  }
  return start;
}

} // namespace

examiner::examiner(caf::actor_config& config, const house& home, std::uint64_t number,
                   std::size_t mailbox_limit, const policy::breaker_options& breaker,
                   role_ptr<dns_pool_actor> dns)
  : base_actor(config, home, {"examiner", "/outbound/examination/" + std::to_string(number), mailbox_limit}),
    dns_(std::move(dns)), breaker_(breaker),
    breaker_notes_(metrics(), log(), "examination/" + std::to_string(number)) {}

examiner_actor::behavior_type examiner::make_behavior() {
  return {
    [this](const examine_message& x) { return on_examine_message(x); },
    [this](const examiner_ticked&) { on_examiner_ticked(); },
  };
}

void examiner::on_exit() {
  for (auto& [number, each] : pending_)
    each.promise.deliver(to_caf({errc::worker_lost, "the examiner ends"}));
  pending_.clear();
  breaker_notes_.close();
  base_actor::on_exit();
}

caf::result<message_examined> examiner::on_examine_message(const examine_message& x) {
  if (x.kind != examination_kind::check) {
    auto signed_one = sign(x);
    if (!signed_one)
      return to_caf(signed_one.error());
    return *std::move(signed_one);
  }
  pending made;
  if (const auto begun = check(x, made); !begun)
    return to_caf(begun.error());
  made.promise = make_response_promise<message_examined>();
  made.since = steady();
  const auto number = ++examined_;
  pending_.emplace(number, std::move(made));
  card().in_hand = pending_.size();
  conclude(number);
  if (!pending_.empty() && !std::exchange(ticking_, true))
    delayed_send(this, examiner_tick_interval, examiner_ticked{});
  return caf::delegated<message_examined>{};
}

result<message_examined> examiner::sign(const examine_message& x) const {
  const auto reader = storage::body_reader::open(x.body);
  if (!reader)
    return reader.error();
  auto start = read_start(*reader);
  if (!start)
    return start.error();
  if (x.kind == examination_kind::sign) {
    authentication::signing work{x.terms->signers, *std::move(start)};
    return put_in_front(x, *reader, work);
  }
  authentication::sealing work{x.terms->sealer, x.statement, *std::move(start)};
  return put_in_front(x, *reader, work);
}

template <class Work>
result<message_examined> examiner::put_in_front(const examine_message& x, const storage::body_reader& reader,
                                                Work& work) const {
  message_examined made;
  if (!work.is_wanted())
    return made;
  if (const auto read = read_on(reader, work.text_from(), [&](std::string_view bytes) { work.take_body(bytes); });
      !read)
    return read.error();
  auto fields = work.finish(x.facts.now);
  if (!fields)
    return fields.error();
  (x.kind == examination_kind::sign ? metrics().messages_signed_total() : metrics().messages_sealed_total()).add();
  made.changes = std::make_shared<const message_changes>(message_changes{*std::move(fields), {}, {}, {}});
  return made;
}

status examiner::check(const examine_message& x, pending& to) const {
  const auto reader = storage::body_reader::open(x.body);
  if (!reader)
    return reader.error();
  auto start = read_start(*reader);
  if (!start)
    return start.error();
  to.work = std::make_unique<authentication::examination>(x.terms->checks, x.facts, *std::move(start));
  auto& work = *to.work;
  if (work.wants_body())
    if (const auto read = read_on(*reader, work.text_from(), [&](std::string_view bytes) { work.take_body(bytes); });
        !read)
      return read;
  work.end_body();
  return {};
}

void examiner::conclude(std::uint64_t number) {
  const auto found = pending_.find(number);
  if (found == pending_.end())
    return;
  auto& work = *found->second.work;
  bool asked_all = false;
  while (!asked_all) {
    if (auto made = work.conclude())
      return finish(number, *std::move(made));
    asked_all = true;
    for (const auto& question : work.take_questions())
      if (!ask(number, question)) {
        work.answer(question, {});
        asked_all = false;
      }
  }
}

/// False: nobody can be asked now.
bool examiner::ask(std::uint64_t number, const authentication::dns_question& question) {
  const auto whom = dns_->now();
  if (!whom)
    return false;
  const auto permit = breaker_.permit(steady());
  note_dns(permit.change);
  if (!permit.granted)
    return false;
  submit<find_hosts> asked;
  asked.job = question_for(question);
  asked.wait = questions_wait;
  request(whom, caf::infinite, std::move(asked))
    .then(
      [=, this](const hosts_found& x) {
        note_dns(breaker_.success(steady()));
        answer(number, question, answer_from(x.records, question.type));
      },
      [=, this](const caf::error& why) { on_question_failed(number, question, from_caf(why)); });
  return true;
}

void examiner::answer(std::uint64_t number, const authentication::dns_question& question,
                      const authentication::dns_answer& known) {
  const auto found = pending_.find(number);
  if (found == pending_.end())
    return;
  found->second.work->answer(question, known);
  conclude(number);
}

// Silence speaks against the DNS, and so does the death of a RESOLVER.
void examiner::on_question_failed(std::uint64_t number, const authentication::dns_question& question,
                                  const error& why) {
  if (why.code == errc::timed_out || why.code == errc::worker_lost)
    note_dns(breaker_.failure(steady(), why.detail));
  else
    breaker_.cancelled(steady());
  authentication::dns_answer known;
  if (why.code == errc::malformed) // no name that anybody could have
    known.outcome = authentication::dns_outcome::nothing;
  answer(number, question, known);
}

void examiner::on_examiner_ticked() {
  std::vector<std::uint64_t> late;
  for (const auto& [number, each] : pending_)
    if (steady() - each.since >= questions_wait)
      late.push_back(number);
  for (const auto number : late) {
    pending_.at(number).work->give_up();
    conclude(number);
  }
  ticking_ = !pending_.empty();
  if (ticking_)
    delayed_send(this, examiner_tick_interval, examiner_ticked{});
}

void examiner::finish(std::uint64_t number, authentication::examined&& made) {
  const auto found = pending_.find(number);
  auto promise = std::move(found->second.promise);
  pending_.erase(found);
  card().in_hand = pending_.size();
  if (made.found.spf)
    metrics().authentication_results_total("spf", to_string(made.found.spf->outcome)).add();
  if (made.found.dkim)
    for (const auto& each : *made.found.dkim)
      metrics().authentication_results_total("dkim", to_string(each.outcome)).add();
  if (made.found.dmarc)
    metrics().authentication_results_total("dmarc", to_string(made.found.dmarc->outcome)).add();
  if (made.found.arc)
    metrics().authentication_results_total("arc", to_string(made.found.arc->outcome)).add();
  message_examined told;
  if (made.found.arc)
    told.statement = {made.found.arc->outcome, {}, results_text(made.found)};
  told.refusal = std::move(made.refusal);
  told.reason = made.reason;
  if (!told.refusal)
    told.changes = std::make_shared<const message_changes>(std::move(made.changes));
  promise.deliver(std::move(told));
}

void examiner::note_dns(const std::optional<policy::breaker_change>& change) {
  if (change)
    breaker_notes_.changed(*change);
}

} // namespace troupe::actors
