#include "faulty_disk.hpp"

#include <sqlite3.h>
#include <algorithm>
#include <atomic>
#include <cstring>

namespace troupe::persistence {
namespace {

constexpr std::uint64_t sector = 512;
constexpr std::uint64_t page = 8'192;

/// What SQLite knows an open file by.
struct OpenFile {
  sqlite3_file base;
  FaultyDisk* disk;
  std::shared_ptr<FaultyDisk::File>* file;
};

OpenFile& opened(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
FaultyDisk& disk_of(sqlite3_vfs* vfs) { return *static_cast<FaultyDisk*>(vfs->pAppData); }

int close_file(sqlite3_file* file) {
  delete opened(file).file;
  file->pMethods = nullptr;
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* bytes, int size, sqlite3_int64 offset) {
  return opened(file).disk->read(**opened(file).file, static_cast<char*>(bytes),
                                 static_cast<std::size_t>(size),
                                 static_cast<std::uint64_t>(offset));
}

int write_file(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  return opened(file).disk->write(**opened(file).file,
                                  {static_cast<const char*>(bytes), static_cast<std::size_t>(size)},
                                  static_cast<std::uint64_t>(offset));
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  return opened(file).disk->truncate(**opened(file).file, static_cast<std::uint64_t>(size));
}

int sync_file(sqlite3_file* file, int) { return opened(file).disk->sync(**opened(file).file); }

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>((*opened(file).file)->shown.size());
  return SQLITE_OK;
}

int lock_file(sqlite3_file*, int) { return SQLITE_OK; }

int is_reserved(sqlite3_file*, int* is) {
  *is = 0;
  return SQLITE_OK;
}

int control_file(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return static_cast<int>(sector); }
int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = size_of_file,
    .xLock = lock_file,
    .xUnlock = lock_file,
    .xCheckReservedLock = is_reserved,
    .xFileControl = control_file,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  file->pMethods = nullptr;
  const bool makes = (flags & SQLITE_OPEN_CREATE) != 0;
  auto found = disk_of(vfs).open(name == nullptr ? "" : name, makes);
  if (found == nullptr) return SQLITE_CANTOPEN;
  opened(file).disk = &disk_of(vfs);
  opened(file).file = new std::shared_ptr<FaultyDisk::File>(std::move(found));
  file->pMethods = &methods;
  if (flags_out != nullptr) *flags_out = flags;
  return SQLITE_OK;
}

int remove_file(sqlite3_vfs* vfs, const char* name, int syncs_folder) {
  return disk_of(vfs).remove(name, syncs_folder != 0);
}

int access_file(sqlite3_vfs* vfs, const char* name, int, int* is_there) {
  *is_there = disk_of(vfs).has(name) ? 1 : 0;
  return SQLITE_OK;
}

int full_name(sqlite3_vfs* vfs, const char* name, int size, char* out) {
  const std::string whole = disk_of(vfs).followed(name);
  if (whole.size() >= static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
  std::strcpy(out, whole.c_str());
  return whole == name ? SQLITE_OK : SQLITE_OK_SYMLINK;
}

int randomness(sqlite3_vfs* vfs, int size, char* out) {
  for (int i = 0; i < size; ++i) out[i] = static_cast<char>(disk_of(vfs).random().next());
  return size;
}

int sleep_not(sqlite3_vfs*, int) { return 0; }

int time_of(sqlite3_vfs* vfs, sqlite3_int64* milliseconds) {
  constexpr sqlite3_int64 unix_epoch = 210'866'760'000'000;
  *milliseconds = unix_epoch + static_cast<sqlite3_int64>(disk_of(vfs).now());
  return SQLITE_OK;
}

std::string unique_name() {
  static std::atomic<int> count = 0;
  return "faulty-disk-" + std::to_string(++count);
}

}  // namespace

FaultyDisk::FaultyDisk(std::uint64_t seed)
    : name_(unique_name()), vfs_(std::make_unique<sqlite3_vfs>()), random_(seed) {
  *vfs_ = {};
  vfs_->iVersion = 2;
  vfs_->szOsFile = sizeof(OpenFile);
  vfs_->mxPathname = 512;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = this;
  vfs_->xOpen = open_file;
  vfs_->xDelete = remove_file;
  vfs_->xAccess = access_file;
  vfs_->xFullPathname = full_name;
  vfs_->xRandomness = randomness;
  vfs_->xSleep = sleep_not;
  vfs_->xCurrentTimeInt64 = time_of;
  sqlite3_vfs_register(vfs_.get(), 0);
}

FaultyDisk::~FaultyDisk() { sqlite3_vfs_unregister(vfs_.get()); }

std::uint64_t FaultyDisk::bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& [name, file] : files_) sum += file->shown.size();
  return sum;
}

bool FaultyDisk::goes_on() {
  if (has_crashed_) return false;
  ++operations_;
  if (operations_ != crash_at_) return true;
  has_crashed_ = true;
  return random_.below(2) == 0;
}

std::shared_ptr<FaultyDisk::File> FaultyDisk::open(const std::string& name, bool makes) {
  if (name.empty()) return std::make_shared<File>();
  if (name == fail_open_of_ && --fail_open_at_ == 0) return nullptr;
  const auto found = files_.find(name);
  if (found != files_.end()) return found->second;
  if (!makes || has_crashed_) return nullptr;
  return files_.emplace(name, std::make_shared<File>()).first->second;
}

int FaultyDisk::read(File& file, char* bytes, std::size_t size, std::uint64_t offset) {
  if (has_crashed_ || ++reads_ == fail_read_at_) return SQLITE_IOERR_READ;
  for (std::uint64_t i = offset / page; i * page < offset + size; ++i) {
    if (file.lost.contains(i)) return SQLITE_IOERR_READ;
  }
  std::memset(bytes, 0, size);
  if (offset >= file.shown.size()) return SQLITE_IOERR_SHORT_READ;
  const std::size_t count = file.shown.copy(bytes, size, offset);
  return count == size ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int FaultyDisk::write(File& file, std::string_view bytes, std::uint64_t offset) {
  if (!goes_on()) return SQLITE_IOERR_WRITE;
  if (++writes_ == fail_write_at_) return SQLITE_IOERR_WRITE;
  bytes_written_ += bytes.size();
  const std::uint64_t end = offset + bytes.size();
  const std::uint64_t grows = end > file.shown.size() ? end - file.shown.size() : 0;
  if (grows > 0 && (!file.may_grow || this->bytes() + grows > room_)) return SQLITE_FULL;
  if (grows > 0) {
    for (std::uint64_t i = file.shown.size() / sector; i * sector < end; ++i) file.dirty.insert(i);
    file.shown.resize(end);
    file.is_size_dirty = true;
  }
  file.shown.replace(offset, bytes.size(), bytes);
  for (std::uint64_t i = offset / sector; i * sector < end; ++i) {
    file.dirty.insert(i);
    file.doubtful.erase(i);
  }
  return SQLITE_OK;
}

int FaultyDisk::truncate(File& file, std::uint64_t size) {
  if (!goes_on()) return SQLITE_IOERR_TRUNCATE;
  if (size < file.shown.size()) {
    file.shown.resize(size);
    file.is_size_dirty = true;
  }
  return SQLITE_OK;
}

int FaultyDisk::sync(File& file) {
  if (!goes_on()) return SQLITE_IOERR_FSYNC;
  if (++syncs_ == fail_sync_at_) {
    file.doubtful.merge(file.dirty);
    file.dirty.clear();
    return SQLITE_IOERR_FSYNC;
  }
  file.kept.resize(file.shown.size());
  for (const std::uint64_t i : file.dirty) {
    const std::uint64_t begin = i * sector;
    if (begin >= file.shown.size()) continue;
    const std::uint64_t size = std::min(sector, file.shown.size() - begin);
    file.kept.replace(begin, size, file.shown, begin, size);
  }
  file.dirty.clear();
  file.is_size_dirty = false;
  file.is_kept = true;
  return SQLITE_OK;
}

int FaultyDisk::remove(const std::string& name, bool syncs_folder) {
  if (!has(name)) return SQLITE_IOERR_DELETE_NOENT;
  if (!goes_on()) return SQLITE_IOERR_DELETE;
  if (!syncs_folder && files_[name]->is_kept) removed_.emplace_back(name, files_[name]);
  files_.erase(name);
  return SQLITE_OK;
}

void FaultyDisk::settle_crash(File& file) {
  if (file.is_size_dirty && random_.below(2) == 0) file.kept.resize(file.shown.size());
  for (const auto* sectors : {&file.dirty, &file.doubtful}) {
    for (const std::uint64_t i : *sectors) {
      const std::uint64_t begin = i * sector;
      if (begin >= std::min(file.shown.size(), file.kept.size()) || random_.below(2) == 0) continue;
      const std::uint64_t size =
          std::min(sector, std::min(file.shown.size(), file.kept.size()) - begin);
      file.kept.replace(begin, size, file.shown, begin, size);
    }
  }
  file.shown = file.kept;
  file.dirty.clear();
  file.doubtful.clear();
  file.is_size_dirty = false;
  file.is_kept = true;
}

void FaultyDisk::reboot() {
  for (const auto& [name, file] : removed_) {
    if (!files_.contains(name) && random_.below(2) == 0) files_[name] = file;
  }
  removed_.clear();
  std::erase_if(files_,
                [&](const auto& one) { return !one.second->is_kept && random_.below(2) == 0; });
  for (const auto& [name, file] : files_) settle_crash(*file);
  has_crashed_ = false;
  crash_at_ = fail_sync_at_ = fail_write_at_ = fail_read_at_ = 0;
}

void FaultyDisk::damage(const std::string& file, std::uint64_t offset) {
  File& found = *files_.at(file);
  for (std::string* one : {&found.shown, &found.kept}) {
    if (offset < one->size()) (*one)[offset] = static_cast<char>((*one)[offset] ^ 0x40);
  }
}

void FaultyDisk::lose_page(const std::string& file, std::uint64_t offset) {
  files_.at(file)->lost.insert(offset / page);
}

void FaultyDisk::let_grow(const std::string& file, bool may_grow) {
  files_.at(file)->may_grow = may_grow;
}

std::string FaultyDisk::followed(const std::string& name) const {
  const auto found = links_.find(name);
  return found == links_.end() ? name : found->second;
}

std::optional<std::uint64_t> FaultyDisk::find(const std::string& file,
                                              std::string_view text) const {
  const auto found = files_.find(file);
  if (found == files_.end()) return std::nullopt;
  const std::size_t place = found->second->shown.find(text);
  return place == std::string::npos ? std::nullopt : std::optional<std::uint64_t>(place);
}

}  // namespace troupe::persistence
