#include "actors/dns_answers.hpp"

#include <algorithm>

namespace troupe::actors {

namespace {

constexpr std::size_t preference_bytes = 2; // before the name of an MX record

dns::record_type type_of(authentication::record_type type) {
  switch (type) {
    case authentication::record_type::txt: return dns::record_type::txt;
    case authentication::record_type::a: return dns::record_type::a;
    case authentication::record_type::aaaa: return dns::record_type::aaaa;
    case authentication::record_type::mx: return dns::record_type::mx;
    case authentication::record_type::ptr: return dns::record_type::ptr;
  }
  return dns::record_type::txt;
}

void read_record(std::string_view data, authentication::record_type type, authentication::dns_answer& to) {
  std::optional<std::string> text;
  switch (type) {
    case authentication::record_type::a:
    case authentication::record_type::aaaa:
      if (const auto address = dns::read_address(data))
        to.addresses.push_back(*address);
      return;
    case authentication::record_type::txt: text = dns::read_text(data); break;
    case authentication::record_type::mx:
      text = dns::read_name(data.substr(std::min(preference_bytes, data.size())));
      break;
    case authentication::record_type::ptr: text = dns::read_name(data); break;
  }
  if (text)
    to.texts.push_back(*std::move(text));
}

} // namespace

find_hosts question_for(const authentication::dns_question& asked) {
  return {asked.name, host_kind::records, type_of(asked.type)};
}

authentication::dns_answer answer_from(const dns::record_answer& found, authentication::record_type type) {
  using authentication::dns_outcome;
  authentication::dns_answer answer;
  if (dns::is_temporary(found.kind))
    return answer;
  for (const auto& each : found.data)
    read_record(each, type, answer);
  answer.outcome = answer.texts.empty() && answer.addresses.empty() ? dns_outcome::nothing : dns_outcome::records;
  return answer;
}

} // namespace troupe::actors
