// What the DNS, vouched for by DNSSEC, says about the certificates of a host (RFC 6698,
// RFC 7672): read in net/dns, judged in actors/policy, held against a peer in net/io.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

struct tlsa_record {
  std::uint8_t usage = 0;    ///< 2: what signed the chain, 3: the host's own; others are unusable.
  std::uint8_t selector = 0; ///< 0: the certificate, 1: its public key.
  std::uint8_t matching = 0; ///< 0: all of it, 1: SHA-256, 2: SHA-512.
  std::string data;          ///< Bytes.

  friend bool operator==(const tlsa_record&, const tlsa_record&) = default;
};

enum class dane_state : std::uint8_t {
  none,     ///< No record, or nothing that DNSSEC vouches for: as if there were no DANE.
  usable,   ///< `records` has at least one.
  unusable, ///< There are records, but of no kind that SMTP knows: TLS all the same.
  failed,   ///< Nobody knows: the host must not be used now (RFC 7672 §2.1).
};

struct dane_facts {
  dane_state state = dane_state::none;
  std::string base; ///< The name that the records stand under, without "_25._tcp.".
  std::vector<tlsa_record> records;

  friend bool operator==(const dane_facts&, const dane_facts&) = default;
};

} // namespace troupe
