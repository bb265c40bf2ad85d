#include <troupe/persistence/sqlite/sqlite_thread.hpp>

#include <pthread.h>
#include <algorithm>
#include <csignal>
#include <string>
#include <system_error>
#include <troupe/persistence/sqlite/sqlite_vfs_file.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

constexpr std::uint64_t lines_max = 10;
constexpr Duration lines_window = std::chrono::seconds(60);

}  // namespace

Result<std::unique_ptr<SqliteThread>> SqliteThread::start(SqliteSettings settings,
                                                          Platform platform) {
  if (Result<void> checked = check(settings); !checked) return checked.error();
  std::unique_ptr<SqliteThread> self(new SqliteThread(std::move(settings), std::move(platform)));
  if (Result<void> begun = self->begin(); !begun) return begun.error();
  return self;
}

SqliteThread::SqliteThread(SqliteSettings settings, Platform platform)
    : settings_(std::move(settings)),
      platform_(std::move(platform)),
      log_(*platform_.log, "storage " + settings_.path),
      lines_(lines_max, lines_window),
      waiting_(settings_.limits) {}

Result<void> SqliteThread::begin() {
  Result<std::string> path = whole_path(settings_);
  if (!path) return path.error();
  Result<FileOwner> owner = FileOwner::take(*path, settings_.path);
  if (!owner) return owner.error();
  owner_.emplace(std::move(*owner));
  Result<std::unique_ptr<SqliteCore>> core = SqliteCore::open(settings_);
  if (!core) return core.error();
  core_ = std::move(*core);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);  // Signals are for the program's own threads.
  Result<void> started;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& failure) {
    started =
        Error(ErrorCode::limit_reached, std::string("no thread for a storage: ") + failure.what(),
              Execution::not_executed);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

void SqliteThread::take(Operation& operation) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push(operation, end_at_.has_value());
    if (!has_ended_) {
      if (std::exchange(is_asleep_, false)) changed_.notify_one();
      return;
    }
    static_cast<void>(waiting_.pop());
    ++counts_.answers[static_cast<std::size_t>(Stored::unavailable)];
  }
  operation.complete();
}

void SqliteThread::close(Duration timeout) {
  const std::lock_guard ending(end_mutex_);
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    end_at_ = deadline_after(*platform_.clock, timeout);
    changed_.notify_one();
  }
  thread_.join();
  core_->end();
  write_notes();
  core_.reset();
  owner_.reset();
}

StorageCounts SqliteThread::counts() const {
  const std::lock_guard lock(mutex_);
  StorageCounts counts = counts_;
  counts.waiting = waiting_.size() + under_way_;
  counts.waiting_bytes = waiting_.bytes() + under_way_bytes_;
  return counts;
}

void SqliteThread::run() noexcept {
  while (wait_for_group()) {
    carry_out_group();
    core_->tend(platform_.clock->now());
    write_notes();
  }
}

bool SqliteThread::wait_for_group() {
  std::unique_lock lock(mutex_);
  under_way_ = under_way_bytes_ = 0;
  while (waiting_.empty()) {
    if (end_at_) {
      has_ended_ = true;
      return false;
    }
    const TimePoint now = platform_.clock->now();
    const TimePoint deadline = core_->deadline();
    if (deadline <= now) break;
    is_asleep_ = true;
    if (deadline == TimePoint::max()) {
      changed_.wait(lock);
    } else {
      changed_.wait_for(lock, waitable(deadline - now));
    }
    is_asleep_ = false;
  }
  if (end_at_ && platform_.clock->now() >= *end_at_) waiting_.refuse_all();
  const std::size_t bytes = waiting_.bytes();
  waiting_.pop_group(group_);
  under_way_ = group_.size();
  under_way_bytes_ = bytes - waiting_.bytes();
  return true;
}

void SqliteThread::carry_out_group() {
  if (group_.empty()) return;
  to_do_.clear();
  std::size_t refused = 0;
  for (Operation* one : group_) {
    if (one->outcome == Stored::unavailable) {
      ++refused;
    } else {
      to_do_.push_back(one);
    }
  }
  if (!to_do_.empty()) core_->carry_out(to_do_, platform_.clock->now());
  const std::vector<std::string> woken = core_->take_woken();
  {
    const std::lock_guard lock(mutex_);
    const auto answer = static_cast<std::size_t>(Stored::unavailable);
    refused_ += refused;
    counts_ = core_->counts();
    counts_.answers[answer] += refused_;
    under_way_ = under_way_bytes_ = 0;
  }
  for (Operation* one : group_) one->complete();  // They may be destroyed by this.
  if (!wake_) return;
  for (const std::string& queue : woken) wake_(queue);
}

void SqliteThread::write_notes() {
  const TimePoint now = platform_.clock->now();
  for (const std::string& note : core_->take_notes()) {
    if (const std::uint64_t left_out = lines_.reopened(now); left_out > 0) {
      log_.info("{} lines were left out", left_out);
    }
    if (lines_.admits(now)) log_.warn("{}", note);
  }
}

}  // namespace troupe::persistence
