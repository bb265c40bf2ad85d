#include <troupe/actor/runtime/scheduler_threaded.hpp>

#include <algorithm>
#include <troupe/actor/runtime/due.hpp>
#include <troupe/actor/runtime/turn.hpp>
#include <troupe/actor/runtime/user_code.hpp>
#include <troupe/base/hand_over.hpp>
#include <troupe/base/spin_budget.hpp>

namespace troupe::runtime {
namespace {

/// Cells from outside that may wait for the workers that are awake before another one is woken.
constexpr std::uint32_t common_burst = 32;

/// Turns that may run before what they have to send leaves together.
constexpr unsigned turns_before_flush = 8;

}  // namespace

void CommonQueue::push(Cell* cell) noexcept {
  const std::lock_guard lock(mutex_);
  cell->link = nullptr;
  (newest_ != nullptr ? newest_->link : oldest_) = cell;
  newest_ = cell;
  size_.fetch_add(1, std::memory_order_seq_cst);
}

Cell* CommonQueue::pop() noexcept {
  if (empty()) return nullptr;
  const std::lock_guard lock(mutex_);
  Cell* cell = oldest_;
  if (cell == nullptr) return nullptr;
  oldest_ = cell->link;
  if (oldest_ == nullptr) newest_ = nullptr;
  cell->link = nullptr;
  size_.fetch_sub(1, std::memory_order_seq_cst);
  taken_.store(taken_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return cell;
}

ThreadedScheduler::ThreadedScheduler(SystemCore& core, unsigned workers) : core_(core) {
  if (workers == 0) workers = std::max(1U, std::thread::hardware_concurrency());
  const bool has_heavy_barrier = enable_heavy_barrier();
  for (unsigned index = 0; index < workers; ++index) {
    workers_.push_back(std::make_unique<Worker>(*this, core.anchor, index, has_heavy_barrier));
  }
}

ThreadedScheduler::~ThreadedScheduler() = default;

void ThreadedScheduler::start() {
  const auto failure = run_user_code(ErrorCode::limit_reached, [this] {
    timekeeper_ = std::thread([this, keeps_alive = core_.shared_from_this()] { keep_time(); });
    for (const auto& worker : workers_) {
      worker->thread = std::thread(
          [this, keeps_alive = core_.shared_from_this(), &worker = *worker] { work(worker); });
    }
  });
  if (!failure) return;
  for (const auto& worker : workers_) worker->ended = !worker->thread.joinable();
  stop(core_.clock().now() + std::chrono::hours(1));  // They have nothing to do: they end at once.
  throw Failure(Error(ErrorCode::limit_reached,
                      "the machine does not give the threads that " +
                          std::to_string(workers_.size()) +
                          " workers and the timekeeper need: " + failure->error.context()));
}

void ThreadedScheduler::work(Worker& worker) {
  this_thread.worker = &worker;
  this_thread.worker_number = worker.number();
  unsigned turns_since_flush = 0;
  while (Cell* cell = find_work(worker)) {
    worker.running.store(cell->id.load(std::memory_order_relaxed), std::memory_order_relaxed);
    add_own(worker.turns, 1);
    cell->ran_at(worker.number());
    if (run_turn(core_, *cell)) worker.add_ready(cell);
    if (worker.has_pending.load(std::memory_order_relaxed)) [[unlikely]] {
      if (++turns_since_flush < turns_before_flush && worker.waiting() != 0) continue;
      turns_since_flush = 0;
      flush(worker);
    }
  }
  flush(worker);
  this_thread.worker = nullptr;
  this_thread.worker_number = 0;
  const std::lock_guard lock(time_mutex_);
  worker.ended = true;
  thread_ended_.notify_all();
}

/// The next cell to run; sleeps while there is none; null when the scheduler stops.
Cell* ThreadedScheduler::find_work(Worker& worker) noexcept {
  while (!stopping_.load(std::memory_order_relaxed)) {
    if (!urgent_.empty() && worker.may_take_urgent()) [[unlikely]] {
      if (Cell* cell = urgent_.pop()) return cell;
    }
    worker.had_a_chance();
    if (Cell* cell = worker.take()) return cell;
    worker.running.store(0, std::memory_order_relaxed);
    const TimePoint since = core_.clock().now();
    Cell* const cell = look_for_work(worker, since);
    worker.spin.paused_for(core_.clock().now() - since);
    if (cell != nullptr) return cell;
  }
  return nullptr;
}

/// Searches, and sleeps where that finds nothing. Null: look again.
Cell* ThreadedScheduler::look_for_work(Worker& worker, TimePoint since) noexcept {
  flush(worker);
  const SourcePlace place(*this);
  if (worker.draining.load(std::memory_order_relaxed)) [[unlikely]] {
    hand_over(worker);
  } else if (Cell* cell = search(worker, place, since)) {
    return cell;
  }
  if (worker.waiting() == 0) sleep(worker, place);
  return nullptr;
}

/// Sends what actors here had to send.
void ThreadedScheduler::flush(Worker& worker) noexcept {
  while (worker.take_pending()) {
    if (const SourceVisit source(*this); source) source->flush();
  }
}

/// Gives what waits at the worker to those that are awake.
void ThreadedScheduler::hand_over(Worker& worker) noexcept {
  while (worker.waiting() > 0) {
    if (Cell* cell = worker.take_own()) common_.push(cell);
  }
}

Cell* ThreadedScheduler::catch_up(Worker& worker, std::uint64_t& round) noexcept {
  if (!any_overloaded_.load(std::memory_order_relaxed)) return nullptr;
  for (const auto& other : workers_) {
    if (other.get() == &worker) continue;
    if (Cell* cell = worker.catch_up(*other)) return cell;
    round = std::max(round, other->round());
  }
  return nullptr;
}

/// Looks into all queues, and at the source of events, for a while. Null also where that has given
/// the worker something of its own.
Cell* ThreadedScheduler::search(Worker& worker, const SourcePlace& place,
                                TimePoint since) noexcept {
  Spin spin(core_.clock(), since + worker.spin.budget());
  do {
    if (Cell* cell = take_from_others(worker)) return cell;
    if (place && place->wait(true)) {
      place->handle();
      flush(worker);  // What came may have been answered at once.
      if (worker.waiting() != 0) return nullptr;
    }
  } while (!stopping_.load(std::memory_order_relaxed) && spin.goes_on());
  return nullptr;
}

Cell* ThreadedScheduler::take_from_others(Worker& worker) noexcept {
  if (Cell* cell = common_.pop()) return cell;
  for (std::size_t i = 1; i < workers_.size(); ++i) {
    Worker& victim = *workers_[(worker.index() + i) % workers_.size()];
    if (Cell* cell = worker.steal_from(victim)) {
      if (victim.has_spare() && has_sleepers()) wake_one();
      return cell;
    }
  }
  return urgent_.pop();  // At the end: the worker has just had its share of those.
}

bool ThreadedScheduler::anything_waits() const noexcept {
  if (!urgent_.empty() || !common_.empty()) return true;
  for (const auto& worker : workers_) {
    if (worker->has_spare()) return true;
  }
  return false;
}

void ThreadedScheduler::sleep(Worker& worker, const SourcePlace& place) noexcept {
  worker.rest.store(place ? Worker::waiting_for_events : Worker::waiting_for_work,
                    std::memory_order_relaxed);
  const bool all_sleep = sleepers_.fetch_add(1, std::memory_order_seq_cst) + 1 == workers_.size();
  // What a worker that leaves has handed over is for the others, if there is one awake.
  const bool draining = worker.draining.exchange(false, std::memory_order_relaxed) && !all_sleep;
  bool has_events = false;
  if ((draining || !anything_waits()) && !stopping_.load(std::memory_order_seq_cst)) {
    if (place) {
      has_events = place->wait(false);
    } else {
      worker.rest.wait(Worker::waiting_for_work, std::memory_order_acquire);
    }
  }
  worker.rest.store(Worker::awake, std::memory_order_relaxed);
  sleepers_.fetch_sub(1, std::memory_order_seq_cst);
  if (idle_.load(std::memory_order_seq_cst)) wake_timekeeper();
  if (has_events) place->handle();
}

/// Rather one that waits for nothing else.
void ThreadedScheduler::wake_one() noexcept {
  for (const std::uint32_t rest : {Worker::waiting_for_work, Worker::waiting_for_events}) {
    for (const auto& worker : workers_) {
      std::uint32_t before = rest;
      if (worker->rest.load(std::memory_order_relaxed) != rest ||
          !worker->rest.compare_exchange_strong(before, Worker::awake, std::memory_order_acq_rel)) {
        continue;
      }
      if (rest == Worker::waiting_for_work) return worker->rest.notify_one();
      if (const SourceVisit source(*this); source) source->interrupt();
      return;
    }
  }
}

ThreadedScheduler::SourceVisit::SourceVisit(ThreadedScheduler& scheduler) noexcept
    : scheduler_(scheduler) {
  if (scheduler.source_.load(std::memory_order_relaxed) == nullptr) return;
  scheduler.source_visitors_.fetch_add(1, std::memory_order_seq_cst);
  source_ = scheduler.source_.load(std::memory_order_seq_cst);
  sees(&scheduler.source_);
  if (source_ == nullptr) leave();
}

ThreadedScheduler::SourceVisit::~SourceVisit() {
  if (source_ != nullptr) leave();
}

void ThreadedScheduler::SourceVisit::leave() noexcept {
  shows(&scheduler_.source_visitors_);
  if (scheduler_.source_visitors_.fetch_sub(1, std::memory_order_seq_cst) == 1) {
    scheduler_.source_visitors_.notify_all();
  }
}

void ThreadedScheduler::attach(EventSource& source) noexcept {
  shows(&source_);
  source_.store(&source, std::memory_order_seq_cst);
  wake_timekeeper();
  for (std::size_t i = 0; i < workers_.size(); ++i) wake_one();  // For one to wait there.
}

/// Returns when nobody is there any more.
void ThreadedScheduler::detach() noexcept {
  EventSource* const source = source_.exchange(nullptr, std::memory_order_seq_cst);
  if (source == nullptr) return;
  source->interrupt();
  while (const std::uint32_t inside = source_visitors_.load(std::memory_order_seq_cst)) {
    source_visitors_.wait(inside, std::memory_order_seq_cst);
  }
  sees(&source_visitors_);
  source->abandon();
}

void ThreadedScheduler::submit(Cell* cell, bool urgent) noexcept {
  cell->fresh = false;
  (urgent ? urgent_ : common_).push(cell);
  const std::uint32_t sleepers = sleepers_.load(std::memory_order_seq_cst);
  if (sleepers == 0) return;
  if (sleepers != workers_.size()) {
    if (urgent || needs_another()) wake_one();
  } else if (this_thread.keeps_time_of != &core_ || !is_one_being_woken()) {
    wake_one();
  }
}

/// True when one of the workers that sleep has been woken and has not left `sleepers_` yet. It will
/// see what was submitted before `sleepers_` was read: it looks after it has left. The timekeeper
/// wakes one worker for timers that are due together; for those that wait for long it wakes others.
bool ThreadedScheduler::is_one_being_woken() const noexcept {
  return std::ranges::any_of(workers_, [](const auto& worker) {
    return worker->rest.load(std::memory_order_relaxed) == Worker::awake;
  });
}

/// True when the workers that are awake may not come soon to what is submitted. What else waits for
/// long, the timekeeper sees.
bool ThreadedScheduler::needs_another() const noexcept {
  return common_.size() >= common_burst || std::ranges::any_of(workers_, [](const auto& worker) {
           return worker->in_long_turn.load(std::memory_order_relaxed);
         });
}

void ThreadedScheduler::consolidate_from(std::size_t index) noexcept {
  workers_[index]->draining.store(true, std::memory_order_relaxed);
}

void ThreadedScheduler::spill(Cell* cell) noexcept { submit(cell, false); }

bool ThreadedScheduler::drive(const std::function<bool()>& done, TimePoint /*deadline*/) {
  return done();
}

void ThreadedScheduler::stop(TimePoint deadline) noexcept {
  stopping_.store(true, std::memory_order_seq_cst);
  for (const auto& worker : workers_) {
    worker->rest.store(Worker::awake, std::memory_order_seq_cst);
    worker->rest.notify_all();
  }
  if (const SourceVisit source(*this); source) source->interrupt();
  if (timekeeper_.joinable()) wake_timekeeper();
  std::unique_lock lock(time_mutex_);
  // A worker that calls this itself ends after it.
  const auto all_ended = [&] {
    return (timekeeper_ended_ || !timekeeper_.joinable()) &&
           std::ranges::all_of(workers_, [](const auto& worker) {
             return worker->ended || worker.get() == this_thread.worker;
           });
  };
  thread_ended_.wait_for(lock, waitable(deadline - core_.clock().now()), all_ended);
  end_timekeeper(lock);
  lock.unlock();
  detach();
  end_waits();
  lock.lock();
  for (const auto& worker : workers_) {
    if (!worker->thread.joinable()) continue;
    if (!worker->ended) {
      worker->thread.detach();
      continue;
    }
    lock.unlock();
    worker->thread.join();
    lock.lock();
  }
}

/// Joins the timekeeper, or leaves it behind where a log sink holds it up.
void ThreadedScheduler::end_timekeeper(std::unique_lock<std::mutex>& lock) noexcept {
  if (!timekeeper_.joinable()) return;
  if (!timekeeper_ended_) return timekeeper_.detach();
  lock.unlock();
  timekeeper_.join();
  lock.lock();
}

/// Fails what still waits for an answer.
void ThreadedScheduler::end_waits() noexcept {
  const ServiceScope scope(core_);
  runtime::abandon(core_.timers, Error(ErrorCode::actor_stopped, "the actor system was shut down"));
}

SchedulerCounts ThreadedScheduler::counts() const noexcept {
  SchedulerCounts sum;
  for (const auto& worker : workers_) {
    sum.sent += worker->sent.load(std::memory_order_relaxed);
    sum.handled += worker->handled.load(std::memory_order_relaxed);
    sum.turns += worker->turns.load(std::memory_order_relaxed);
  }
  return sum;
}

std::vector<ActorId> ThreadedScheduler::running() const {
  std::vector<ActorId> ids;
  for (const auto& worker : workers_) {
    if (const ActorId id = worker->running.load(std::memory_order_relaxed)) ids.push_back(id);
  }
  return ids;
}

}  // namespace troupe::runtime
