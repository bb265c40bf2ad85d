// SqliteCore: what a SqliteStorage does with its file, without threads or a clock: groups of
// operations go in, and come back answered once their one transaction is committed.
//
//   what fails                      what follows
//   one request                     it is answered so; the group is done again without it
//   a page of it cannot be read     the file is opened anew, and the group done again; where the
//                                   page still cannot be read, the one request is `damaged`
//   no room                         the group is done again: what adds is `storage_full`, and the
//                                   rest has the reserve; after COMMIT the file is opened anew
//                                   first
//   anything else, before COMMIT    all of the group is `unavailable`; the file is opened anew
//   COMMIT itself                   what writes is `unknown`; the file is opened anew
//   a checkpoint                    the file is opened anew, whether somebody asks or not
//
// "Opened anew" means closed, and everything that can be read of its WAL written elsewhere and
// synced, before anything is answered from it: a system that has failed to sync once may forget
// what it still shows, and says nothing of that the next time (Rebello et al., 2020).
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <troupe/base/clock.hpp>
#include <troupe/base/result.hpp>
#include <troupe/persistence/operation.hpp>
#include <troupe/persistence/sqlite/sqlite_backup.hpp>
#include <troupe/persistence/sqlite/sqlite_file.hpp>
#include <troupe/persistence/sqlite/sqlite_reserve.hpp>
#include <troupe/persistence/sqlite_settings.hpp>
#include <troupe/persistence/storage_counts.hpp>
#include <vector>

namespace troupe::persistence {

class SqliteQueues;
class SqliteJournals;

/// Owner only.
class SqliteCore {
 public:
  /// Errors: see SqliteFile::open().
  [[nodiscard]] static Result<std::unique_ptr<SqliteCore>> open(const SqliteSettings& settings);
  ~SqliteCore();

  /// Answers all of them, in their order, in one transaction or more. Completes none.
  void carry_out(const std::vector<Operation*>& group, TimePoint now);

  /// When tend() is due.
  [[nodiscard]] TimePoint deadline() const noexcept;
  /// Syncs what is to be synced by now, and keeps the WAL short. A file that has failed is opened
  /// anew, as that syncs what it shows.
  void tend(TimePoint now);
  /// Syncs everything, opening a file that has failed once more for it; take_notes() has why it
  /// cannot. Nothing is carried out any more. The destructor does no more than to try.
  void end();

  /// Queues that were added to by others than their owners, since the last call.
  [[nodiscard]] std::vector<std::string> take_woken();
  /// Lines for the log, since the last call.
  [[nodiscard]] std::vector<std::string> take_notes();

  [[nodiscard]] const StorageCounts& counts() const noexcept { return counts_; }

 private:
  explicit SqliteCore(SqliteSettings settings);
  /// Those that are left to be done again.
  [[nodiscard]] std::vector<Operation*> attempt(const std::vector<Operation*>& group,
                                                TimePoint now);
  void run(const std::vector<Operation*>& group, bool takes_more, Operation*& current,
           bool& is_committing);
  void carry_out(Operation& operation, std::uint64_t wall_time);
  [[nodiscard]] std::vector<Operation*> refuse(const std::vector<Operation*>& group, TimePoint now);
  [[nodiscard]] std::vector<Operation*> full(const std::vector<Operation*>& group) const;
  [[nodiscard]] std::vector<Operation*> fail(const std::vector<Operation*>& group,
                                             const SqliteFailure& failure, bool is_committing,
                                             bool takes_more, TimePoint now);
  [[nodiscard]] std::vector<Operation*> unreadable(const std::vector<Operation*>& group,
                                                   Operation* current, const SqliteFailure& failure,
                                                   TimePoint now);
  void become_full(bool is_file_limit, TimePoint now);
  [[nodiscard]] bool is_full(TimePoint now);
  [[nodiscard]] bool is_open(TimePoint now);
  [[nodiscard]] Duration longer_pause() const noexcept;
  [[nodiscard]] Result<void> open_file(bool is_new_process);
  void close_file() noexcept;
  void written(TimePoint now);
  void remove_garbage(TimePoint now);

  const SqliteSettings settings_;  // The path is the whole one.
  SqliteReserve reserve_;
  std::unique_ptr<SqliteFile> file_;
  SqliteBackups backups_;  // Through the file's connection.
  std::unique_ptr<SqliteQueues> queues_;
  std::unique_ptr<SqliteJournals> journals_;
  TimePoint checkpoint_at_ = TimePoint::max();
  TimePoint garbage_at_ = TimePoint::min();  // When some is removed, if there is any.
  TimePoint reopen_at_ = TimePoint::min();
  Duration reopen_pause_ = Duration::zero();
  bool is_full_ = false;
  TimePoint full_until_ = TimePoint::min();
  Duration full_pause_ = Duration::zero();
  const Operation* suspect_ = nullptr;  // For it the file was opened anew, in this group.
  std::set<std::string> unreadable_;    // Names of which something could not be read.
  std::string why_closed_;
  std::vector<std::string> woken_;
  std::vector<std::string> notes_;
  StorageCounts counts_;
};

}  // namespace troupe::persistence
