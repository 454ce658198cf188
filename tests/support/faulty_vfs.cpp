#include "tests/support/faulty_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <new>
#include <random>

namespace troupe::support {

struct faulty_vfs::registration {
  sqlite3_vfs vfs{};
};

namespace {

struct faulty_file {
  sqlite3_file base;
  faulty_vfs* owner;
  std::string* path;

  [[nodiscard]] sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

faulty_file* of(sqlite3_file* file) { return reinterpret_cast<faulty_file*>(file); }
sqlite3_file* real(sqlite3_file* file) { return of(file)->real(); }
sqlite3_vfs* system_vfs() { return sqlite3_vfs_find("unix"); }

} // namespace

struct vfs_calls {
  static int close(sqlite3_file* file) {
    const int code = real(file)->pMethods->xClose(real(file));
    delete of(file)->path;
    return code;
  }
  static int read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
    return real(file)->pMethods->xRead(real(file), to, size, at);
  }
  static int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
    auto& disk = *of(file)->owner;
    sqlite3_int64 old_size = 0;
    real(file)->pMethods->xFileSize(real(file), &old_size);
    if (at + size > old_size && !disk.has_room(at + size - old_size))
      return SQLITE_FULL;
    if (!disk.spend())
      return SQLITE_IOERR_WRITE;
    std::string old_bytes;
    if (at < old_size) {
      old_bytes.resize(static_cast<std::size_t>(std::min<sqlite3_int64>(size, old_size - at)));
      real(file)->pMethods->xRead(real(file), old_bytes.data(), static_cast<int>(old_bytes.size()), at);
    }
    disk.unsynced_[*of(file)->path].push_back(
      {at, old_bytes, std::string(static_cast<const char*>(from), static_cast<std::size_t>(size)), old_size});
    return real(file)->pMethods->xWrite(real(file), from, size, at);
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    auto& disk = *of(file)->owner;
    if (!disk.spend())
      return SQLITE_IOERR_TRUNCATE;
    sqlite3_int64 old_size = 0;
    real(file)->pMethods->xFileSize(real(file), &old_size);
    std::string old_bytes(static_cast<std::size_t>(std::max<sqlite3_int64>(0, old_size - size)), '\0');
    if (!old_bytes.empty())
      real(file)->pMethods->xRead(real(file), old_bytes.data(), static_cast<int>(old_bytes.size()), size);
    disk.unsynced_[*of(file)->path].push_back({size, old_bytes, {}, old_size});
    return real(file)->pMethods->xTruncate(real(file), size);
  }
  static int sync(sqlite3_file* file, int flags) {
    auto& disk = *of(file)->owner;
    if (!disk.spend() || disk.fail_syncs_)
      return SQLITE_IOERR_FSYNC;
    disk.unsynced_.erase(*of(file)->path);
    return real(file)->pMethods->xSync(real(file), flags);
  }
  static int size(sqlite3_file* file, sqlite3_int64* to) {
    return real(file)->pMethods->xFileSize(real(file), to);
  }
  static int lock(sqlite3_file* file, int how) { return real(file)->pMethods->xLock(real(file), how); }
  static int unlock(sqlite3_file* file, int how) { return real(file)->pMethods->xUnlock(real(file), how); }
  static int reserved(sqlite3_file* file, int* to) {
    return real(file)->pMethods->xCheckReservedLock(real(file), to);
  }
  static int control(sqlite3_file* file, int what, void* with) {
    return real(file)->pMethods->xFileControl(real(file), what, with);
  }
  static int sector(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
  static int device(sqlite3_file*) { return 0; } // a disk that promises nothing
  static int shm_map(sqlite3_file* file, int region, int bytes, int extend, void volatile** to) {
    return real(file)->pMethods->xShmMap(real(file), region, bytes, extend, to);
  }
  static int shm_lock(sqlite3_file* file, int at, int count, int flags) {
    return real(file)->pMethods->xShmLock(real(file), at, count, flags);
  }
  static void shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
  static int shm_unmap(sqlite3_file* file, int remove) {
    return real(file)->pMethods->xShmUnmap(real(file), remove);
  }

  static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out) {
    static const sqlite3_io_methods methods{2,      close,   read,    write,    truncate,    sync,
                                            size,   lock,    unlock,  reserved, control,     sector,
                                            device, shm_map, shm_lock, shm_barrier, shm_unmap, nullptr,
                                            nullptr};
    auto* made = ::new (file) faulty_file{{nullptr}, static_cast<faulty_vfs*>(vfs->pAppData), nullptr};
    made->real()->pMethods = nullptr;
    const int code = system_vfs()->xOpen(system_vfs(), path, made->real(), flags, out);
    if (code != SQLITE_OK)
      return code;
    made->path = new std::string(path == nullptr ? "" : path);
    made->base.pMethods = &methods;
    return SQLITE_OK;
  }
  static int remove(sqlite3_vfs* vfs, const char* path, int sync_folder) {
    auto& disk = *static_cast<faulty_vfs*>(vfs->pAppData);
    if (!disk.spend())
      return SQLITE_IOERR_DELETE;
    disk.unsynced_.erase(path);
    return system_vfs()->xDelete(system_vfs(), path, sync_folder);
  }
};

bool faulty_vfs::spend() {
  if (left_ == 0)
    return false;
  --left_;
  ++changes_;
  return true;
}

void faulty_vfs::fill_up(std::string reserve, std::int64_t bytes) {
  reserve_ = std::move(reserve);
  reserve_bytes_ = room_ = bytes;
}

bool faulty_vfs::has_room(std::int64_t bytes) {
  if (reserve_.empty())
    return true;
  if (std::filesystem::exists(reserve_)) {
    room_ = reserve_bytes_;
    return false;
  }
  room_ -= bytes;
  return room_ >= 0;
}

faulty_vfs::faulty_vfs() : registered_(std::make_unique<registration>()) {
  auto& vfs = registered_->vfs;
  vfs = *system_vfs();
  vfs.szOsFile += static_cast<int>(sizeof(faulty_file));
  vfs.pNext = nullptr;
  vfs.zName = "faulty";
  vfs.pAppData = this;
  vfs.xOpen = &vfs_calls::open;
  vfs.xDelete = &vfs_calls::remove;
  sqlite3_vfs_register(&vfs, 0);
}

faulty_vfs::~faulty_vfs() {
  sqlite3_vfs_unregister(&registered_->vfs);
}

void faulty_vfs::crash(unsigned keep) {
  std::minstd_rand dice{keep};
  for (auto& [path, changes] : unsynced_) {
    if (!std::filesystem::exists(path))
      continue;
    {
      std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
      for (auto each = changes.rbegin(); each != changes.rend(); ++each) {
        file.seekp(each->at);
        file.write(each->old_bytes.data(), static_cast<std::streamsize>(each->old_bytes.size()));
      }
    }
    std::filesystem::resize_file(path, static_cast<std::uintmax_t>(changes.front().old_size));
    if (keep == 0)
      continue;
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    for (const auto& each : changes) {
      if (each.new_bytes.empty() || dice() % 2 == 0)
        continue;
      file.seekp(each.at);
      file.write(each.new_bytes.data(), static_cast<std::streamsize>(each.new_bytes.size()));
    }
  }
  unsynced_.clear();
  left_ = std::numeric_limits<std::uint64_t>::max();
  reserve_.clear();
  fail_syncs_ = false;
}

} // namespace troupe::support
