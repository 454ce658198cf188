// Everything about signatures and policies that a peer writes: the message's header and
// body, and the records of his domains, which here follow the message.

#include "net/authentication/arc_seal.hpp"
#include "net/authentication/examination.hpp"
#include "net/authentication/srs.hpp"
#include "tests/net/authentication/keys.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace troupe;
using namespace troupe::authentication;

namespace {

constexpr std::size_t rounds_max = 400;

/// The records, one a line; each question takes the next.
class records {
public:
  explicit records(std::string_view text) : rest_(text) {}

  dns_answer answer(const dns_question& asked) {
    const auto end = std::min(rest_.find('\n'), rest_.size());
    const auto line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    dns_answer made;
    made.outcome = line.empty() ? dns_outcome::nothing : dns_outcome::records;
    if (asked.type != record_type::a && asked.type != record_type::aaaa)
      made.texts.emplace_back(line);
    else if (const auto address = parse_ip_address(line))
      made.addresses.push_back(*address);
    return made;
  }

private:
  std::string_view rest_;
};

/// Three fields, whatever the peer wrote.
void seal(const std::string& message, const findings& found) {
  static const auto who = std::make_shared<const signer>(
    signer{"mx.test", "s", *private_key::parse(support::ed25519_key)});
  sealing work{who, {found.arc->outcome, "mx.test", results_text(found)}, message};
  if (!work.is_wanted())
    return;
  work.take_body(std::string_view{message}.substr(work.text_from()));
  const auto set = work.finish(wall_time{seconds{1'700'000'000}});
  if (!set || split_header(*set).fields.size() != 3 || split_header(*set).complete)
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all{reinterpret_cast<const char*>(data), size};
  const auto cut = std::min(all.find('\0'), all.size());
  const std::string message{all.substr(0, cut)};
  records zone{all.substr(std::min(cut + 1, all.size()))};
  const auto sender = message.substr(0, std::min<std::size_t>(message.find('\n'), 60));
  examination_options options{check_mode::reject, check_mode::reject, check_mode::reject, "mx.test", true};
  message_facts facts{*parse_ip_address("2001:db8::1"), sender, {sender, "example.org"}, wall_time{seconds{1'700'000'000}}, 50};
  examination work{options, facts, message};
  work.take_body(std::string_view{message}.substr(work.text_from()));
  work.end_body();
  for (std::size_t round = 0; round < rounds_max; ++round) {
    if (const auto made = work.conclude()) {
      // Ours is one field, whatever the peer wrote.
      const auto written = split_header(made->changes.prepended);
      if (written.fields.size() != 1 || written.complete || made->changes.prepended.find('\0') != std::string::npos)
        std::abort();
      auto changed = message;
      apply(made->changes, changed);
      seal(changed, made->found);
      break;
    }
    const auto questions = work.take_questions();
    if (questions.empty())
      std::abort(); // it would wait for ever
    for (const auto& each : questions)
      work.answer(each, zone.answer(each));
  }
  static_cast<void>(original_sender({message, "example.org"}, "secret", facts.now));
  return 0;
}
