#include "tests/actors/door_fixture.hpp"

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;

namespace {

/// What the fake FILTERS heard, and are to say.
struct filter_book {
  std::vector<std::vector<filter_stage>> heard; ///< Each question's steps.
  std::vector<filter_answered> answers;         ///< In order; then "nothing against it".
  std::size_t hired = 0;
  std::optional<error> no_place;
  bool silent = false;
  std::size_t dies_at = 0;                      ///< The question that is its death; 0: none.
  std::vector<caf::typed_response_promise<filter_answered>> unanswered;
  std::vector<filter_actor> alive;
};

filter_actor::behavior_type fake_filter(filter_actor::pointer self, std::shared_ptr<filter_book> book) {
  return {
    [self, book](const ask_filter& x) -> caf::result<filter_answered> {
      std::vector<filter_stage> steps;
      for (const auto& each : x.steps)
        steps.push_back(each.what);
      book->heard.push_back(steps);
      if (book->heard.size() == book->dies_at) {
        self->quit(caf::exit_reason::kill);
        return to_caf({errc::worker_lost, "by the book"});
      }
      if (book->silent) {
        book->unanswered.push_back(self->make_response_promise<filter_answered>());
        return caf::delegated<filter_answered>{};
      }
      const auto number = book->heard.size();
      return number <= book->answers.size() ? book->answers[number - 1] : filter_answered{};
    },
    [](const make_room&) {},
    [self](const leave_filter&) { self->quit(); },
  };
}

filter_pool_actor::behavior_type fake_pool(filter_pool_actor::pointer self, std::shared_ptr<filter_book> book) {
  return {
    [self, book](const submit<filter_post>&) -> caf::result<place_given<filter_actor>> {
      if (book->no_place)
        return to_caf(*book->no_place);
      ++book->hired;
      const filter_actor made = self->system().spawn(fake_filter, book);
      book->alive.push_back(made);
      return place_given<filter_actor>{made};
    },
    [](const cancel_job&) {},
    [](const describe_pool&) { return pool_view{}; },
    [](const drain&) {},
    [](const pool_ticked&) {},
    [](const replace_worker&) {},
  };
}

filter_answered refusal(int code) {
  filter_answered answer;
  answer.said = {milter::verdict_kind::refuse, {code, "", {"by a filter"}}};
  answer.by = "inet:x";
  return answer;
}

using enum filter_stage;
using steps = std::vector<filter_stage>;

struct stage : support::door_fixture {
  std::shared_ptr<filter_book> filters = std::make_shared<filter_book>();

  stage() {
    filter_terms one;
    one.name = "inet:x";
    use({one});
    auto pool = sys.spawn(fake_pool, filters);
    keep_cast(caf::actor_cast<caf::strong_actor_ptr>(pool));
    common->filters->cast(pool);
  }
  ~stage() {
    for (const auto& each : filters->alive)
      caf::anon_send_exit(each, caf::exit_reason::kill);
    filters->alive.clear();
    filters->unanswered.clear();
    common->filters->vacate();
    run();
  }

  void use(filter_list all) { rules->filters = std::make_shared<const filter_list>(std::move(all)); }

  support::wire_end greeted() {
    auto client = connect();
    say(client, "EHLO client.test\r\n");
    return client;
  }
};

constexpr auto envelope = "MAIL FROM:<ann@client.test>\r\nRCPT TO:<bob@local.test>\r\nDATA\r\n";
constexpr auto letter = "Subject: x\r\n\r\ntext\r\n.\r\n";

} // namespace

TEST_CASE_METHOD(stage, "session filters: nobody is asked before MAIL, and then stage by stage", "[actors]") {
  auto client = greeted();
  CHECK(filters->hired == 0);
  say(client, envelope);
  CHECK(say(client, letter).starts_with("250 "));
  CHECK(filters->heard == std::vector<steps>{{filter_stage::client, helo, mail}, {rcpt}, {data}, {message}});
  say(client, envelope);
  CHECK(say(client, letter).starts_with("250 "));
  CHECK(filters->hired == 1);
  CHECK(filters->heard[4] == steps{mail});
  CHECK(book->kept.size() == 2);
}

TEST_CASE_METHOD(stage, "session filters: a refusal is the client's answer", "[actors]") {
  auto client = greeted();
  SECTION("of the sender") {
    filters->answers = {refusal(550)};
    CHECK(say(client, "MAIL FROM:<ann@client.test>\r\n") == "550 by a filter\r\n");
    CHECK(say(client, "RCPT TO:<bob@local.test>\r\n").starts_with("503 "));
  }
  SECTION("of a recipient: the others stay") {
    filters->answers = {{}, refusal(550)};
    CHECK(say(client, "MAIL FROM:<ann@client.test>\r\nRCPT TO:<bob@local.test>\r\n")
          == "250 2.1.0 Ok\r\n550 by a filter\r\n");
    CHECK(say(client, "RCPT TO:<eve@local.test>\r\nDATA\r\n").find("354 ") != std::string::npos);
    CHECK(say(client, letter).starts_with("250 "));
    CHECK(book->kept.at(0).mail->recipients.size() == 1);
  }
  SECTION("of the message") {
    filters->answers = {{}, {}, {}, refusal(554)};
    say(client, envelope);
    CHECK(say(client, letter) == "554 by a filter\r\n");
    CHECK(book->kept.empty());
  }
  CHECK(home.metrics.messages_rejected_total("filter").value() == 1);
}

TEST_CASE_METHOD(stage, "session filters: changes are made before the message is kept", "[actors]") {
  filter_answered last;
  message_changes what;
  what.prepended = "X-New: 1\r\n";
  last.changes = std::make_shared<const message_changes>(what);
  last.envelope = {milter::recipient_added{"<eve@local.test>", ""}, milter::recipient_deleted{"bob@local.test"},
                   milter::sender_changed{"<new@client.test>", ""}};
  last.hold = "odd";
  filters->answers = {{}, {}, {}, last};
  auto client = greeted();
  say(client, envelope);
  CHECK(say(client, letter).starts_with("250 "));
  REQUIRE(book->kept.size() == 1);
  const auto& kept = book->kept[0];
  CHECK(kept.body->bytes.starts_with("X-New: 1\r\nReceived: "));
  CHECK(kept.mail->body_bytes == kept.body->bytes.size());
  CHECK(kept.body->size == kept.body->bytes.size());
  REQUIRE(kept.mail->recipients.size() == 1);
  CHECK(to_string(kept.mail->recipients[0].to.address) == "eve@local.test");
  CHECK(kept.mail->recipients[0].state == recipient_state::held);
  CHECK(to_string(kept.mail->sender) == "new@client.test");
  CHECK(kept.mail->hold_reason == "a filter holds it: odd");
}

TEST_CASE_METHOD(stage, "session filters: discarded is answered 250 and not kept", "[actors]") {
  filter_answered gone;
  gone.said.kind = milter::verdict_kind::discard;
  gone.by = "inet:x";
  auto client = greeted();
  SECTION("at the message") { filters->answers = {{}, {}, {}, gone}; }
  SECTION("at a recipient") { filters->answers = {{}, gone}; }
  say(client, envelope);
  CHECK(say(client, letter).starts_with("250 2.0.0 Ok: queued as "));
  CHECK(book->kept.empty());
  CHECK(home.metrics.messages_discarded_total().value() == 1);
  say(client, envelope); // the next one is not
  CHECK(say(client, letter).starts_with("250 "));
}

TEST_CASE_METHOD(stage, "session filters: another one hears everything when the first is lost", "[actors]") {
  filters->dies_at = 3;
  auto client = greeted();
  say(client, envelope);
  CHECK(say(client, letter).starts_with("250 "));
  CHECK(filters->hired == 2);
  CHECK(filters->heard[3] == steps{filter_stage::client, helo, mail, rcpt, data});
  CHECK(book->kept.size() == 1);
}

TEST_CASE_METHOD(stage, "session filters: without a place the terms of the filters decide", "[actors]") {
  filters->no_place = error{errc::timed_out, "by the book"};
  const auto [how, reply] = GENERATE(table<filter_failure, std::string>({
    {filter_failure::tempfail, "451 4.7.1 "},
    {filter_failure::reject, "550 5.7.1 "},
    {filter_failure::accept, "250 2.1.0 "},
  }));
  filter_terms one;
  one.on_failure = how;
  use({one});
  auto client = greeted();
  CHECK(say(client, "MAIL FROM:<ann@client.test>\r\n").starts_with(reply));
}

TEST_CASE_METHOD(stage, "session filters: whoever is silent is waited for, but not for ever", "[actors]") {
  filters->silent = true;
  auto client = greeted();
  CHECK(say(client, "MAIL FROM:<ann@client.test>\r\n").empty());
  pass(filter_silence_max - 1s);
  CHECK(client.take().empty());
  pass(2s);
  CHECK(client.take().starts_with("451 4.7.1 "));
}

TEST_CASE_METHOD(stage, "session filters: a large message is read from its file and written anew", "[actors]") {
  filter_answered last;
  message_changes what;
  what.prepended = "X-New: 1\r\n";
  last.changes = std::make_shared<const message_changes>(what);
  filters->answers = {{}, {}, {}, last};
  auto client = greeted();
  say(client, envelope);
  pour(client, std::string(300, 'x') + "\r\n");
  const std::string line = std::string(76, 'y') + "\r\n";
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += line;
  pour(client, text);
  CHECK(say(client, ".\r\n").starts_with("250 "));
  REQUIRE(book->kept.size() == 1);
  CHECK(book->kept[0].body->in_file());
  CHECK(book->kept[0].mail->body_bytes == book->kept[0].body->size);
}

TEST_CASE_METHOD(stage, "session filters: a small message that grows large gets a file", "[actors]") {
  filter_answered last;
  message_changes what;
  what.text = std::string(2 * body_inline_bytes_max, 'x');
  last.changes = std::make_shared<const message_changes>(what);
  filters->answers = {{}, {}, {}, last};
  auto client = greeted();
  say(client, envelope);
  CHECK(say(client, letter).starts_with("250 "));
  REQUIRE(book->kept.size() == 1);
  CHECK(book->kept[0].body->in_file());
  CHECK(common->memory->taken() == 0);
}
