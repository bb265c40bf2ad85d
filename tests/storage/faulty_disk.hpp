// FaultyDisk: a VFS of SQLite in memory, which forgets at a crash what was not synced, sector by
// sector as chance has it, and fails or fills up when a test says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <troupe/base/random.hpp>
#include <vector>

struct sqlite3_vfs;

namespace troupe::persistence {

/// Registered with SQLite as long as it lives. One thread.
///
/// A write reaches what is read at once, and the disk at the next sync of its file. A sync that
/// fails forgets what it should have written, as Linux does: it can be read, and no later sync
/// writes it. A crash leaves of each sector that was not synced either the old bytes or the new
/// ones; of a file that was made, or removed, and not synced, it leaves it or not.
class FaultyDisk {
 public:
  explicit FaultyDisk(std::uint64_t seed);
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// From the n-th write, sync or removal of now on (1: the next) nothing works any more; the n-th
  /// itself is done, or not. Then reboot().
  void crash_at(std::uint64_t operation) { crash_at_ = operations_ + operation; }
  [[nodiscard]] bool has_crashed() const noexcept { return has_crashed_; }
  void crash_now() { has_crashed_ = true; }
  /// The machine starts anew, with what the crash has left.
  void reboot();

  /// The n-th sync of now on fails.
  void fail_sync_at(std::uint64_t sync) { fail_sync_at_ = syncs_ + sync; }
  /// The n-th write of now on fails.
  void fail_write_at(std::uint64_t write) { fail_write_at_ = writes_ + write; }
  /// The n-th read of now on fails.
  void fail_read_at(std::uint64_t read) { fail_read_at_ = reads_ + read; }
  /// Reads of the page at this place fail from now on, as of a sector that is gone.
  void lose_page(const std::string& file, std::uint64_t offset);
  /// The n-th open of this file from now on fails, as where no descriptor is left.
  void fail_open_of(const std::string& file, int open) {
    fail_open_of_ = file;
    fail_open_at_ = open;
  }
  /// Makes a name that leads to another one.
  void link(const std::string& name, const std::string& target) { links_[name] = target; }
  [[nodiscard]] std::string followed(const std::string& name) const;
  /// This file may grow, or there is no room for more of it.
  void let_grow(const std::string& file, bool may_grow);
  /// Bytes that all files together may have.
  void set_room(std::uint64_t bytes) { room_ = bytes; }

  [[nodiscard]] std::uint64_t operations() const noexcept { return operations_; }
  [[nodiscard]] std::uint64_t writes() const noexcept { return writes_; }
  [[nodiscard]] std::uint64_t syncs() const noexcept { return syncs_; }
  [[nodiscard]] std::uint64_t bytes_written() const noexcept { return bytes_written_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept;
  /// Changes a byte on the disk, as a worn one would.
  void damage(const std::string& file, std::uint64_t offset);
  /// Where a text is in a file, as it is read.
  [[nodiscard]] std::optional<std::uint64_t> find(const std::string& file,
                                                  std::string_view text) const;

  // What SQLite calls, by way of the functions in faulty_disk.cpp. They return its codes.
  struct File;
  [[nodiscard]] std::shared_ptr<File> open(const std::string& name, bool makes);
  int read(File& file, char* bytes, std::size_t size, std::uint64_t offset);
  int write(File& file, std::string_view bytes, std::uint64_t offset);
  int truncate(File& file, std::uint64_t size);
  int sync(File& file);
  int remove(const std::string& name, bool syncs_folder);
  [[nodiscard]] bool has(const std::string& name) const { return files_.contains(name); }
  [[nodiscard]] std::uint64_t now() noexcept { return milliseconds_++; }
  [[nodiscard]] Random& random() noexcept { return random_; }

 private:
  /// Whether this operation is still done.
  [[nodiscard]] bool goes_on();
  void settle_crash(File& file);

  const std::string name_;
  const std::unique_ptr<sqlite3_vfs> vfs_;
  Random random_;
  std::map<std::string, std::shared_ptr<File>> files_;
  std::vector<std::pair<std::string, std::shared_ptr<File>>> removed_;  // Not for certain.
  std::uint64_t room_ = ~std::uint64_t{0};
  std::uint64_t operations_ = 0;
  std::uint64_t writes_ = 0;
  std::uint64_t bytes_written_ = 0;
  std::map<std::string, std::string> links_;
  std::string fail_open_of_;
  int fail_open_at_ = 0;
  std::uint64_t reads_ = 0;
  std::uint64_t syncs_ = 0;
  std::uint64_t crash_at_ = 0;
  std::uint64_t fail_sync_at_ = 0;
  std::uint64_t fail_write_at_ = 0;
  std::uint64_t fail_read_at_ = 0;
  std::uint64_t milliseconds_ = 1'700'000'000'000;
  bool has_crashed_ = false;
};

/// What is read, what the disk has, and which sectors differ.
struct FaultyDisk::File {
  std::string shown = {};
  std::string kept = {};
  std::set<std::uint64_t> dirty = {};     // Sectors that the next sync writes.
  std::set<std::uint64_t> doubtful = {};  // That none will write any more.
  std::set<std::uint64_t> lost = {};      // Pages that cannot be read.
  bool may_grow = true;
  bool is_kept = false;  // Its name is on the disk.
  bool is_size_dirty = false;
};

}  // namespace troupe::persistence
