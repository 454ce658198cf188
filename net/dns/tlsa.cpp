#include "net/dns/tlsa.hpp"

namespace troupe::dns {

namespace {

constexpr std::size_t sha256_bytes = 32;
constexpr std::size_t sha512_bytes = 64;

} // namespace

std::string tlsa_name(std::string_view base, std::uint16_t port) {
  return "_" + std::to_string(port) + "._tcp." + std::string{base};
}

std::optional<tlsa_record> read_tlsa(std::string_view data) {
  if (data.size() < 4)
    return std::nullopt;
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(data[i]); };
  return tlsa_record{byte(0), byte(1), byte(2), std::string{data.substr(3)}};
}

bool is_usable(const tlsa_record& record) noexcept {
  if ((record.usage != 2 && record.usage != 3) || record.selector > 1)
    return false;
  switch (record.matching) {
    case 0: return !record.data.empty() && record.data.size() <= tlsa_data_bytes_max;
    case 1: return record.data.size() == sha256_bytes;
    case 2: return record.data.size() == sha512_bytes;
    default: return false;
  }
}

dane_facts choose_tlsa(std::string_view base, const record_answer& answer) {
  dane_facts facts;
  facts.base = base;
  if (is_temporary(answer.kind)) {
    facts.state = dane_state::failed;
    return facts;
  }
  if (answer.kind != answer_kind::records || !answer.secure)
    return facts;
  facts.state = dane_state::unusable;
  for (const auto& each : answer.data) {
    auto record = read_tlsa(each);
    if (!record || !is_usable(*record))
      continue;
    facts.state = dane_state::usable;
    if (facts.records.size() < tlsa_records_max)
      facts.records.push_back(std::move(*record));
  }
  return facts;
}

dane_facts choose_tlsa(dane_facts of_canonical, dane_facts of_own) {
  return of_canonical.state == dane_state::none ? std::move(of_own) : std::move(of_canonical);
}

} // namespace troupe::dns
