// Records what is synced, in order, and refuses it on demand. Works in a program that
// is linked with --wrap=fsync and --wrap=fdatasync.

#pragma once

#include <string>
#include <vector>

namespace troupe::support {

/// While one lives, it sees every sync of its process. At most one lives.
class disk_syncs {
public:
  disk_syncs();
  ~disk_syncs();
  disk_syncs(const disk_syncs&) = delete;
  disk_syncs& operator=(const disk_syncs&) = delete;

  /// Paths as they were when the sync was asked for.
  [[nodiscard]] const std::vector<std::string>& paths() const { return paths_; }

  /// From now on syncs of paths that hold `part` fail with EIO.
  void refuse(std::string part) { refused_ = std::move(part); }

  /// Called by the wraps. False: refuse.
  bool saw(int fd);

private:
  std::vector<std::string> paths_;
  std::string refused_;
};

} // namespace troupe::support
