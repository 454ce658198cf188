// What strangers say about TLS with their hosts: MTA-STS records and policies, TLSA records,
// places for reports; and our own book of policies. The first byte says which.

#include "actors/policy/sts_book.hpp"
#include "actors/policy/tls_report.hpp"
#include "net/core/expect.hpp"
#include "net/dns/tlsa.hpp"

#include <cstddef>
#include <cstdint>

using namespace troupe;
using namespace troupe::policy;

namespace {

constexpr wall_time now{std::chrono::seconds{1'700'000'000}};

void read_policy(std::string_view text) {
  const auto made = parse_sts_policy(text);
  if (!made)
    return;
  TROUPE_EXPECT(made->mx.size() <= sts_mx_max && made->max_age <= sts_max_age_max);
  for (const auto& each : made->mx)
    TROUPE_EXPECT(each.starts_with("*.") || lists_host(*made, each));
  (void)lists_host(*made, text);
  // Kept and read again, it says the same.
  sts_book book, again;
  book.keep("a.test", "1", *made, now);
  again.read(book.write(), now);
  const auto* known = again.find("a.test", now);
  TROUPE_EXPECT((known != nullptr) == (made->max_age.count() > 0));
  TROUPE_EXPECT(known == nullptr || *known->policy == *made);
}

void read_book(std::string_view text) {
  sts_book book{3}, again{3};
  book.read(text, now);
  TROUPE_EXPECT(book.size() <= 3);
  again.read(book.write(), now);
  TROUPE_EXPECT(again.size() == book.size() && again.write() == book.write());
}

void read_tlsa(std::string_view data) {
  const auto facts = dns::choose_tlsa("mx.test", {dns::answer_kind::records, true, {std::string{data}}, {}});
  TROUPE_EXPECT(facts.state == dane_state::usable || facts.records.empty());
  for (const auto& each : facts.records)
    TROUPE_EXPECT(dns::is_usable(each) && each.data.size() <= dns::tlsa_data_bytes_max);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  const std::string one[]{std::string{text}};
  switch (data[0] % 5) {
    case 0: read_policy(text); break;
    case 1: read_book(text); break;
    case 2: read_tlsa(text); break;
    case 3:
      if (const auto id = read_sts_id(one))
        TROUPE_EXPECT(!id->empty() && id->size() <= sts_id_bytes_max);
      break;
    default:
      for (const auto& each : read_tls_report_places(one))
        TROUPE_EXPECT(to_string(each).find_first_of("\r\n") == std::string::npos);
      TROUPE_EXPECT(read_tls_report_places(one).size() <= tls_report_places_max);
  }
  return 0;
}
