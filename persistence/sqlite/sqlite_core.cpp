#include <troupe/persistence/sqlite/sqlite_core.hpp>

#include <algorithm>
#include <troupe/persistence/rules/operation_access.hpp>
#include <troupe/persistence/rules/request_rules.hpp>
#include <troupe/persistence/sqlite/sqlite_journals.hpp>
#include <troupe/persistence/sqlite/sqlite_queues.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

// Pages in the WAL, of 8 KiB, past which they are written to the file.
constexpr std::uint64_t wal_pages_max = 2'048;
// How long pages wait in the WAL when nothing else makes them go.
constexpr Duration idle_checkpoint = std::chrono::seconds(5);
// How long what adds is refused at once after there was no room.
constexpr Duration full_pause = std::chrono::seconds(1);
constexpr Duration reopen_pause_first = std::chrono::milliseconds(100);
constexpr Duration reopen_pause_max = std::chrono::seconds(5);

bool any_writes(const std::vector<Operation*>& group) {
  return std::ranges::any_of(group, [](const Operation* one) { return writes(*one); });
}

}  // namespace

Result<std::unique_ptr<SqliteCore>> SqliteCore::open(const SqliteSettings& settings) {
  if (Result<void> checked = check(settings); !checked) return checked.error();
  std::unique_ptr<SqliteCore> core(new SqliteCore(settings));
  Result<void> opened = core->open_file(true);
  if (!opened && opened.error().code() == ErrorCode::limit_reached) {
    core->become_full(TimePoint::min());
    opened = core->open_file(true);
  }
  if (!opened) return opened.error();
  if (!core->is_full_ && !core->reserve_.make()) core->become_full(TimePoint::min());
  return core;
}

SqliteCore::SqliteCore(const SqliteSettings& settings)
    : settings_(settings), reserve_(settings.path, settings.vfs, settings.reserve_bytes) {}

SqliteCore::~SqliteCore() {
  if (file_ != nullptr) file_->checkpoint_at_end();
  close_file();
}

void SqliteCore::carry_out(const std::vector<Operation*>& group, TimePoint now) {
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
    if (any_writes(group)) written(now);
    return {};
  } catch (const SqliteFailure& failure) {
    counts_ = before;
    woken_.resize(woken);
    queues_->forget();
    journals_->forget();
    if (failure.is_full()) become_full(now);
    if (is_committing || !file_->roll_back()) {
      return fail(group, failure, is_committing, takes_more, now);
    }
    if (failure.is_full()) return takes_more ? group : full(group);
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
    if constexpr (requires { one.by_owner; }) {
      const bool wakes = one.outcome == Stored::stored && !one.by_owner;
      if (wakes && queues_->is_claimed(one.queue)) woken_.push_back(one.queue);
    }
  });
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
  reopen_at_ = now;
  reopen_pause_ = reopen_pause_first;
  if (failure.is_full() && takes_more && is_open(now)) return group;
  for (Operation* one : group) {
    const bool is_unknown = is_committing && writes(*one);
    answered(*one, is_unknown ? Stored::unknown : Stored::unavailable, why_closed_);
  }
  return {};
}

void SqliteCore::become_full(TimePoint now) {
  if (!std::exchange(is_full_, true)) {
    notes_.push_back(settings_.path + ": the disk, or the file, is full: nothing is added");
  }
  full_until_ = later(now, full_pause);
  reserve_.give_up();
}

bool SqliteCore::is_full(TimePoint now) {
  if (!is_full_) return false;
  if (now < full_until_) return true;
  full_until_ = later(now, full_pause);
  if (!reserve_.make()) return true;
  is_full_ = false;
  notes_.push_back(settings_.path + ": there is room again");
  return false;
}

bool SqliteCore::is_open(TimePoint now) {
  if (file_ != nullptr) return true;
  if (now < reopen_at_) return false;
  if (const Result<void> opened = open_file(false); !opened) {
    why_closed_ = opened.error().context();
    reopen_pause_ = std::clamp(2 * reopen_pause_, reopen_pause_first, reopen_pause_max);
    reopen_at_ = later(now, reopen_pause_);
    return false;
  }
  return true;
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

void SqliteCore::tend(TimePoint now) {
  if (file_ == nullptr || now < checkpoint_at_) return;
  checkpoint_at_ = TimePoint::max();
  try {
    file_->checkpoint(false);
  } catch (const SqliteFailure& failure) {
    if (failure.is_full()) {
      // What is written stays in the WAL meanwhile.
      become_full(now);
      checkpoint_at_ = later(now, full_pause);
    } else {
      static_cast<void>(fail({}, failure, false, false, now));
    }
  }
}

std::vector<std::string> SqliteCore::take_woken() { return std::exchange(woken_, {}); }

std::vector<std::string> SqliteCore::take_notes() { return std::exchange(notes_, {}); }

}  // namespace troupe::persistence
