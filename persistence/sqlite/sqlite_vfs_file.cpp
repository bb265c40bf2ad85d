#include <troupe/persistence/sqlite/sqlite_vfs_file.hpp>

#include <sqlite3.h>

namespace troupe::persistence {
namespace {

sqlite3_vfs* find_vfs(const std::string& name) noexcept {
  return sqlite3_vfs_find(name.empty() ? nullptr : name.c_str());
}

}  // namespace

VfsFile::VfsFile(const std::string& vfs, const std::string& path, Use use)
    : path_(path + std::string(4, '\0')) {
  sqlite3_vfs* found = find_vfs(vfs);
  if (found == nullptr) return;
  // A super-journal is what SQLite opens with the fewest conditions, and syncs the folder of.
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_SUPER_JOURNAL;
  if (use == Use::wal) flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_SUPER_JOURNAL;
  memory_.reset(new std::byte[static_cast<std::size_t>(found->szOsFile)]());
  file_ = reinterpret_cast<sqlite3_file*>(memory_.get());
  is_open_ = found->xOpen(found, path_.c_str(), file_, flags, nullptr) == SQLITE_OK;
}

VfsFile::~VfsFile() {
  if (file_ != nullptr && file_->pMethods != nullptr) file_->pMethods->xClose(file_);
}

std::optional<std::uint64_t> VfsFile::size() const {
  sqlite3_int64 size = 0;
  if (file_->pMethods->xFileSize(file_, &size) != SQLITE_OK) return std::nullopt;
  return static_cast<std::uint64_t>(size);
}

bool VfsFile::read(char* bytes, std::size_t size, std::uint64_t offset) {
  return file_->pMethods->xRead(file_, bytes, static_cast<int>(size),
                                static_cast<sqlite3_int64>(offset)) == SQLITE_OK;
}

bool VfsFile::write(std::string_view bytes, std::uint64_t offset) {
  return file_->pMethods->xWrite(file_, bytes.data(), static_cast<int>(bytes.size()),
                                 static_cast<sqlite3_int64>(offset)) == SQLITE_OK;
}

bool VfsFile::sync() { return file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL) == SQLITE_OK; }

std::optional<bool> VfsFile::exists(const std::string& vfs, const std::string& path) {
  sqlite3_vfs* found = find_vfs(vfs);
  int is_there = 0;
  if (found == nullptr) return std::nullopt;
  if (found->xAccess(found, path.c_str(), SQLITE_ACCESS_EXISTS, &is_there) != SQLITE_OK) {
    return std::nullopt;
  }
  return is_there != 0;
}

Result<std::string> whole_path(const SqliteSettings& settings) {
  sqlite3_vfs* found = find_vfs(settings.vfs);
  if (found == nullptr) return bad_setting("there is no VFS '" + settings.vfs + "'");
  std::string whole(static_cast<std::size_t>(found->mxPathname) + 1, '\0');
  // What it has followed links for is no failure, and says so in the higher bits.
  const int code = found->xFullPathname(found, settings.path.c_str(),
                                        static_cast<int>(whole.size()), whole.data());
  if ((code & 0xff) != SQLITE_OK) {
    return bad_setting(settings.path +
                       " leads nowhere: see whether its folder and its links are there");
  }
  whole.resize(whole.find('\0'));
  return whole;
}

void VfsFile::remove(const std::string& vfs, const std::string& path) noexcept {
  if (sqlite3_vfs* found = find_vfs(vfs)) found->xDelete(found, path.c_str(), 0);
}

}  // namespace troupe::persistence
