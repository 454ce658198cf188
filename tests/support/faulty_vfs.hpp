// An SQLite VFS on top of the system's, for a disk that fails, fills up, or forgets
// at a crash what was not synced.

#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace troupe::support {

class faulty_vfs {
public:
  faulty_vfs();
  ~faulty_vfs();
  faulty_vfs(const faulty_vfs&) = delete;
  faulty_vfs& operator=(const faulty_vfs&) = delete;

  [[nodiscard]] std::string name() const { return "faulty"; }

  /// So many writes, truncations and syncs go well, then everything fails, as if the
  /// power had gone.
  void die_after(std::uint64_t changes) { left_ = changes; }
  [[nodiscard]] bool dead() const { return left_ == 0; }
  [[nodiscard]] std::uint64_t changes() const { return changes_; }

  /// Writes that would make a file longer fail with SQLITE_FULL while `reserve` is
  /// there; without it, so many bytes more find room. An empty path: room for all.
  void fill_up(std::string reserve, std::int64_t bytes);
  /// Syncs fail, and what they were for is not on disk.
  void fail_syncs(bool fail) { fail_syncs_ = fail; }

  /// Takes back what was not synced, but for writes that `keep` (seed of a dice) lets
  /// reach the disk by chance: half of them. 0 keeps none. Then the disk works again.
  /// @pre no connection is open
  void crash(unsigned keep);

private:
  friend struct vfs_calls;

  struct change {
    std::int64_t at;
    std::string old_bytes;  ///< Those that were there.
    std::string new_bytes;
    std::int64_t old_size;
  };

  bool spend();
  bool has_room(std::int64_t bytes);

  std::map<std::string, std::vector<change>> unsynced_;
  std::uint64_t left_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t changes_ = 0;
  std::string reserve_;
  std::int64_t reserve_bytes_ = 0;
  std::int64_t room_ = 0;
  bool fail_syncs_ = false;
  struct registration;
  std::unique_ptr<registration> registered_;
};

} // namespace troupe::support
