#include "net/core/result.hpp"

namespace troupe {

std::string_view to_string(errc code) noexcept {
  switch (code) {
    case errc::malformed: return "malformed";
    case errc::limit_exceeded: return "limit_exceeded";
    case errc::not_found: return "not_found";
    case errc::refused: return "refused";
    case errc::storage_full: return "storage_full";
    case errc::storage_failed: return "storage_failed";
    case errc::storage_foreign: return "storage_foreign";
    case errc::draining: return "draining";
    case errc::peer_unreachable: return "peer_unreachable";
    case errc::timed_out: return "timed_out";
    case errc::mailbox_full: return "mailbox_full";
    case errc::worker_lost: return "worker_lost";
  }
  return "unknown";
}

bool is_temporary(errc code) noexcept {
  switch (code) {
    case errc::malformed:
    case errc::refused:
      return false;
    case errc::limit_exceeded:
    case errc::not_found:
    case errc::storage_full:
    case errc::storage_failed:
    case errc::storage_foreign:
    case errc::draining:
    case errc::peer_unreachable:
    case errc::timed_out:
    case errc::mailbox_full:
    case errc::worker_lost:
      return true;
  }
  return true;
}

} // namespace troupe
