#include <troupe/persistence/sqlite/sqlite_core.hpp>

#include <algorithm>
#include <troupe/persistence/rules/operation_access.hpp>
#include <troupe/persistence/rules/request_rules.hpp>
#include <troupe/persistence/sqlite/sqlite_journals.hpp>
#include <troupe/persistence/sqlite/sqlite_queues.hpp>
#include <troupe/persistence/sqlite/sqlite_vfs_file.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

// Pages in the WAL, of 8 KiB, past which they are written to the file.
constexpr std::uint64_t wal_pages_max = 2'048;
// How long pages wait in the WAL when nothing else makes them go.
constexpr Duration idle_checkpoint = std::chrono::seconds(5);
// How long what adds is refused at once after there was no room, doubled while there is none.
constexpr Duration full_pause_first = std::chrono::seconds(1);
constexpr Duration full_pause_max = std::chrono::seconds(30);
// Names that are remembered as unreadable; past it the file is opened anew for some once more.
constexpr std::size_t unreadable_max = 1'024;
constexpr Duration reopen_pause_first = std::chrono::milliseconds(100);
constexpr Duration reopen_pause_max = std::chrono::seconds(5);

bool any_writes(const std::vector<Operation*>& group) {
  return std::ranges::any_of(group, [](const Operation* one) { return writes(*one); });
}

bool any_adds(const std::vector<Operation*>& group) {
  return std::ranges::any_of(group, [](const Operation* one) { return adds(*one); });
}

std::string whole_name(Operation& operation) {
  const auto [what, name] = subject(operation);
  return std::string(what) + ' ' + std::string(name);
}

}  // namespace

Result<std::unique_ptr<SqliteCore>> SqliteCore::open(const SqliteSettings& settings) {
  if (Result<void> checked = check(settings); !checked) return checked.error();
  Result<std::string> path = whole_path(settings);
  if (!path) return path.error();
  SqliteSettings own = settings;
  own.path = *path;
  std::unique_ptr<SqliteCore> core(new SqliteCore(std::move(own)));
  Result<void> opened = core->open_file(true);
  if (!opened && opened.error().code() == ErrorCode::limit_reached) {
    core->become_full(false, TimePoint::min());
    opened = core->open_file(true);
  }
  if (!opened) return opened.error();
  if (!core->is_full_ && !core->reserve_.make()) core->become_full(false, TimePoint::min());
  return core;
}

SqliteCore::SqliteCore(SqliteSettings settings)
    : settings_(std::move(settings)),
      reserve_(settings_.path, settings_.vfs, settings_.reserve_bytes) {}

SqliteCore::~SqliteCore() {
  if (file_ != nullptr) static_cast<void>(file_->checkpoint_at_end());
  close_file();
}

void SqliteCore::end() {
  Result<void> synced;
  if (file_ == nullptr) synced = open_file(false);
  if (synced && file_ != nullptr) synced = file_->checkpoint_at_end();
  if (!synced) {
    notes_.push_back("it ends, and what was written last may not be on the disk: " +
                     synced.error().context());
  }
  close_file();
  reopen_at_ = TimePoint::max();
}

void SqliteCore::carry_out(const std::vector<Operation*>& group, TimePoint now) {
  suspect_ = nullptr;
  std::vector<Operation*> left = refuse(group, now);
  std::vector<Operation*> copies;  // Not within a transaction.
  std::erase_if(left, [&](Operation* one) {
    if (one->kind() != Operation::Kind::back_up) return false;
    copies.push_back(one);
    return true;
  });
  while (!left.empty()) left = attempt(left, now);
  for (Operation* one : copies) {
    backups_.carry_out(static_cast<BackUp&>(*one), file_ ? file_->database() : nullptr);
  }
  for (const Operation* one : group) ++counts_.answers[static_cast<std::size_t>(one->outcome)];
}

/// Answers what needs no file, or finds none. The others.
std::vector<Operation*> SqliteCore::refuse(const std::vector<Operation*>& group, TimePoint now) {
  std::vector<Operation*> left;
  for (Operation* one : group) {
    const auto [what, name] = subject(*one);
    if (!what.empty() && !has_name(*one, what, name)) continue;
    if (is_open(now)) {
      left.push_back(one);
    } else {
      answered(*one, Stored::unavailable, why_closed_);
    }
  }
  return left;
}

std::vector<Operation*> SqliteCore::attempt(const std::vector<Operation*>& group, TimePoint now) {
  const StorageCounts before = counts_;
  const std::size_t woken = woken_.size();
  const bool takes_more = !is_full(now);
  Operation* current = nullptr;
  bool is_committing = false;
  try {
    run(group, takes_more, current, is_committing);
    ++counts_.groups;
    reopen_pause_ = Duration::zero();
    if (takes_more && any_adds(group)) full_pause_ = Duration::zero();
    if (any_writes(group)) written(now);
    return {};
  } catch (const SqliteFailure& failure) {
    counts_ = before;
    // What may be stored may be worth a look.
    if (!is_committing) woken_.resize(woken);
    queues_->forget();
    journals_->forget();
    const bool is_whole = !is_committing && file_->roll_back();
    const bool had_reserve = reserve_.is_there();
    if (failure.is_full()) become_full(takes_more && is_whole && file_->is_at_limit(), now);
    if (!is_whole) return fail(group, failure, is_committing, takes_more, now);
    if (failure.is_full()) return takes_more || had_reserve ? group : full(group);
    if (failure.is_unreadable()) return unreadable(group, current, failure, now);
    if (current != nullptr && (failure.is_of_request() || failure.is_damage())) {
      answered(*current, failure.is_damage() ? Stored::damaged : Stored::refused,
               settings_.path + ": " + failure.text);
      std::vector<Operation*> left = group;
      std::erase(left, current);
      return left;
    }
    return fail(group, failure, is_committing, takes_more, now);
  }
}

void SqliteCore::run(const std::vector<Operation*>& group, bool takes_more, Operation*& current,
                     bool& is_committing) {
  const bool is_writing = any_writes(group);
  file_->allow_more(!takes_more);
  queues_->take_more(takes_more);
  journals_->take_more(takes_more);
  if (is_writing) file_->begin();
  const std::uint64_t wall_time = file_->now();
  for (Operation* one : group) {
    current = one;
    carry_out(*one, wall_time);
  }
  current = nullptr;
  if (!is_writing) return;
  queues_->flush();
  journals_->flush();
  is_committing = true;
  file_->commit();
}

void SqliteCore::carry_out(Operation& operation, std::uint64_t wall_time) {
  visit(operation, [&](auto& one) {
    if constexpr (requires { queues_->carry_out(one, wall_time, counts_); }) {
      queues_->carry_out(one, wall_time, counts_);
    } else if constexpr (requires { queues_->carry_out(one); }) {
      queues_->carry_out(one);
    } else if constexpr (requires { journals_->carry_out(one, counts_); }) {
      journals_->carry_out(one, counts_);
    } else if constexpr (!std::is_same_v<decltype(one), BackUp&>) {
      journals_->carry_out(one);
    }
  });
  const std::string queue(woken_by(operation));
  if (!queue.empty() && queues_->is_claimed(queue)) woken_.push_back(queue);
}

/// A sector of one record that is gone for ever must not take all others down, and a disk that is
/// away must not end their owners: so the file is opened anew once, which a disk that is away
/// fails.
std::vector<Operation*> SqliteCore::unreadable(const std::vector<Operation*>& group,
                                               Operation* current, const SqliteFailure& failure,
                                               TimePoint now) {
  if (current == nullptr) return fail(group, failure, false, false, now);
  std::string name = whole_name(*current);
  if (!unreadable_.contains(name)) {
    if (suspect_ != current) {
      suspect_ = current;
      std::vector<Operation*> none = fail({}, failure, false, false, now);
      if (is_open(now)) return group;
      for (Operation* one : group) answered(*one, Stored::unavailable, why_closed_);
      return none;
    }
    if (unreadable_.size() >= unreadable_max) unreadable_.clear();
    unreadable_.insert(std::move(name));
  }
  const auto [what, subject_name] = subject(*current);
  answered(*current, Stored::damaged,
           settings_.path + ": " + named(what, subject_name) + " cannot be read: " + failure.text);
  std::vector<Operation*> left = group;
  std::erase(left, current);
  return left;
}

/// Even what gives space back found none: all that writes is answered so. The others.
std::vector<Operation*> SqliteCore::full(const std::vector<Operation*>& group) const {
  std::vector<Operation*> left;
  for (Operation* one : group) {
    if (writes(*one)) {
      answered(*one, Stored::storage_full, settings_.path + ": the disk is full");
    } else {
      left.push_back(one);
    }
  }
  return left;
}

/// What is left to be done again: all, where only room was missing, since the file then tells which
/// of it is a repetition.
std::vector<Operation*> SqliteCore::fail(const std::vector<Operation*>& group,
                                         const SqliteFailure& failure, bool is_committing,
                                         bool takes_more, TimePoint now) {
  ++counts_.failures;
  why_closed_ = settings_.path + ": " + failure.text;
  notes_.push_back(why_closed_ + "; it is opened anew");
  close_file();
  // At once, unless it has failed since anything was carried out; less is done where it was full.
  reopen_at_ = failure.is_full() ? now : later(now, reopen_pause_);
  reopen_pause_ = longer_pause();
  if (failure.is_full() && takes_more && is_open(now)) return group;
  for (Operation* one : group) {
    const bool is_unknown = is_committing && writes(*one);
    answered(*one, is_unknown ? Stored::unknown : Stored::unavailable, why_closed_);
  }
  return {};
}

void SqliteCore::become_full(bool is_file_limit, TimePoint now) {
  if (!std::exchange(is_full_, true)) {
    notes_.push_back(settings_.path +
                     (is_file_limit ? ": file_bytes_max is reached" : ": the disk is full") +
                     ": nothing is added");
    full_pause_ = std::clamp(times(2, full_pause_), full_pause_first, full_pause_max);
  }
  full_until_ = later(now, full_pause_);
  // The reserve is room on the disk: it is of no use where the file may not grow.
  if (!is_file_limit) reserve_.give_up();
}

bool SqliteCore::is_full(TimePoint now) {
  if (!is_full_) return false;
  if (now < full_until_) return true;
  full_pause_ = std::min(times(2, full_pause_), full_pause_max);
  full_until_ = later(now, full_pause_);
  if (!file_->has_room() || !reserve_.make()) return true;
  is_full_ = false;
  notes_.push_back(settings_.path + ": there is room again");
  return false;
}

bool SqliteCore::is_open(TimePoint now) {
  if (file_ != nullptr) return true;
  if (now < reopen_at_) return false;
  if (const Result<void> opened = open_file(false); !opened) {
    why_closed_ = opened.error().context();
    reopen_pause_ = longer_pause();
    reopen_at_ = later(now, reopen_pause_);
    return false;
  }
  return true;
}

Duration SqliteCore::longer_pause() const noexcept {
  return std::clamp(times(2, reopen_pause_), reopen_pause_first, reopen_pause_max);
}

Result<void> SqliteCore::open_file(bool is_new_process) {
  Result<std::unique_ptr<SqliteFile>> opened = SqliteFile::open(settings_, is_new_process);
  if (!opened) return opened.error();
  file_ = std::move(*opened);
  try {
    queues_ = std::make_unique<SqliteQueues>(*file_, settings_.limits);
    journals_ = std::make_unique<SqliteJournals>(*file_, settings_.limits);
  } catch (const SqliteFailure& failure) {
    close_file();
    return bad_setting(settings_.path + ": its tables are not those of a storage (" + failure.text +
                       ")");
  }
  checkpoint_at_ = TimePoint::max();
  return {};
}

void SqliteCore::close_file() noexcept {
  backups_.forget();
  journals_.reset();
  queues_.reset();
  file_.reset();
  checkpoint_at_ = TimePoint::max();
}

void SqliteCore::written(TimePoint now) {
  const Duration wait =
      settings_.durability == Durability::normal ? settings_.checkpoint_interval : idle_checkpoint;
  checkpoint_at_ = std::min(checkpoint_at_, later(now, wait));
  if (file_->wal_pages() >= wal_pages_max) checkpoint_at_ = now;
}

TimePoint SqliteCore::deadline() const noexcept {
  if (file_ == nullptr) return reopen_at_;
  return queues_->has_garbage() ? std::min(garbage_at_, checkpoint_at_) : checkpoint_at_;
}

void SqliteCore::tend(TimePoint now) {
  if (!is_open(now)) return;
  try {
    if (queues_->has_garbage() && now >= garbage_at_) remove_garbage(now);
    if (now < checkpoint_at_) return;
    checkpoint_at_ = TimePoint::max();
    file_->checkpoint(false);
  } catch (const SqliteFailure& failure) {
    const bool is_whole = file_->roll_back();
    if (is_whole && failure.is_full()) {
      // What is written stays in the WAL meanwhile.
      become_full(false, now);
      garbage_at_ = checkpoint_at_ = later(now, full_pause_first);
    } else if (is_whole && failure.is_unreadable() && queues_->has_garbage()) {
      queues_->leave_garbage();
      notes_.push_back(settings_.path + ": what was purged cannot be removed: " + failure.text);
    } else {
      static_cast<void>(fail({}, failure, false, false, now));
    }
  }
}

void SqliteCore::remove_garbage(TimePoint now) {
  file_->allow_more(true);
  file_->begin();
  queues_->remove_garbage();
  file_->commit();
  written(now);
}

std::vector<std::string> SqliteCore::take_woken() { return std::exchange(woken_, {}); }

std::vector<std::string> SqliteCore::take_notes() { return std::exchange(notes_, {}); }

}  // namespace troupe::persistence
