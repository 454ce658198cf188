// Final delivery into a Maildir: tmp/, synced, renamed into new/, whose folder is
// synced too; only then is the letter delivered. Blocks on the disk: its caller has
// a thread of its own.
//
//   step                      what a crash right after it leaves
//   tmp/ file written         a file in tmp/, which mail readers remove after 36 hours
//   file synced, renamed      the letter, perhaps; it will be delivered once more
//   new/ synced               the letter

#pragma once

#include "net/core/body.hpp"
#include "net/core/result.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::storage {

struct maildir_letter {
  std::string_view prefix; ///< Header lines before the body, with CRLF: Return-Path and the like.
  body_ptr body;
};

/// Counts the names it makes, so one thread owns it. Any number of them may write
/// into one folder.
class maildir {
public:
  /// `host` goes into names; what may not stand there is escaped.
  explicit maildir(std::string_view host);

  /// Delivers into `folder` (made with its parents, tmp, new and cur, mode 0700, when
  /// it is not there). CRLF becomes LF, as readers of a Maildir expect. Each letter
  /// has its own answer: the path in new/, or storage_full, storage_failed, not_found
  /// (its body is gone). All are temporary. new/ is synced once for all of them.
  [[nodiscard]] std::vector<result<std::string>> deliver(const std::string& folder,
                                                         std::span<const maildir_letter> letters);
  [[nodiscard]] result<std::string> deliver(const std::string& folder, const maildir_letter& letter);

private:
  [[nodiscard]] std::string next_name();
  [[nodiscard]] result<std::string> put(const std::string& folder, const maildir_letter& letter);

  std::string host_;
  unsigned writer_; ///< Drawn at random: hosts, process ids and clocks may coincide.
  unsigned long long made_ = 0;
};

} // namespace troupe::storage
