// A zone for machines that ask: answers what it knows, and says that the rest is not there.

#pragma once

#include "net/authentication/dns_book.hpp"

#include <map>
#include <string>
#include <vector>

namespace troupe::support {

class zone_answers {
public:
  zone_answers& txt(const std::string& name, const std::string& text) {
    auto& to = records_[{name, authentication::record_type::txt}];
    to.outcome = authentication::dns_outcome::records;
    to.texts.push_back(text);
    return *this;
  }
  zone_answers& name(const std::string& name, authentication::record_type type, const std::string& target) {
    auto& to = records_[{name, type}];
    to.outcome = authentication::dns_outcome::records;
    to.texts.push_back(target);
    return *this;
  }
  zone_answers& host(const std::string& name, const std::string& address) {
    const auto parsed = *parse_ip_address(address);
    const auto type = parsed.family == ip_family::ipv6 ? authentication::record_type::aaaa
                                                       : authentication::record_type::a;
    auto& to = records_[{name, type}];
    to.outcome = authentication::dns_outcome::records;
    to.addresses.push_back(parsed);
    return *this;
  }
  zone_answers& ill(const std::string& name, authentication::record_type type) {
    records_[{name, type}].outcome = authentication::dns_outcome::failed;
    return *this;
  }

  [[nodiscard]] authentication::dns_answer answer(const authentication::dns_question& question) const {
    const auto at = records_.find(question);
    if (at != records_.end())
      return at->second;
    return {authentication::dns_outcome::nothing, {}, {}};
  }

  /// Calls `machine(book)` until it has an answer. `asked` counts the questions.
  template <class Machine>
  auto settle(Machine machine, std::size_t* asked = nullptr) const {
    authentication::dns_book book;
    for (;;) {
      auto found = machine(book);
      if (found)
        return *found;
      const auto missing = book.take_missing();
      if (missing.empty())
        return *machine(book); // throws: it waits for nothing
      for (const auto& each : missing) {
        if (asked != nullptr)
          ++*asked;
        book.write(each, answer(each));
      }
    }
  }

private:
  std::map<authentication::dns_question, authentication::dns_answer> records_;
};

} // namespace troupe::support
