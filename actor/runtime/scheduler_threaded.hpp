// ThreadedScheduler: runs actors on a fixed number of workers, and keeps time for them.
//
// Related actors stay on one core: what a worker wakes, it runs itself, and nobody takes from it
// what it will soon run anyway, because a message to another core costs ten times one on the same.
// Where such messages are most of what a worker does, it gives its actors to the others and sleeps.
// The timekeeper finds the workers at which cells wait for long; from those others take, and
// sleeping ones are woken for it. Workers without work search for a short while and then sleep; an
// idle system has only sleeping threads.
//
// Going to sleep and being woken form a store-load pair (Dekker): a worker counts itself in
// `sleepers_` and then looks at the queues once more; who submits puts the cell in and then reads
// `sleepers_`. All are sequentially consistent, so one of them sees the other. A worker that leaves
// its cells to the others need not look, if it was not the last awake: the last one looks. The same
// holds for the timekeeper, which sets `idle_` and then reads `sleepers_`, and a woken worker,
// which leaves `sleepers_` and then reads `idle_`.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <troupe/actor/ports/event_source.hpp>
#include <troupe/actor/ports/scheduler.hpp>
#include <troupe/actor/runtime/worker.hpp>
#include <vector>

namespace troupe::runtime {

/// A queue behind a lock, for cells that come from outside or do not fit elsewhere.
class CommonQueue {
 public:
  void push(Cell* cell) noexcept;
  [[nodiscard]] Cell* pop() noexcept;
  /// As seen at some moment; sequentially consistent with push().
  [[nodiscard]] bool empty() const noexcept { return size_.load(std::memory_order_seq_cst) == 0; }
  [[nodiscard]] std::uint32_t size() const noexcept {
    return size_.load(std::memory_order_relaxed);
  }
  /// How many cells were taken out so far.
  [[nodiscard]] std::uint64_t taken() const noexcept {
    return taken_.load(std::memory_order_relaxed);
  }

 private:
  std::mutex mutex_;
  Cell* oldest_ = nullptr;
  Cell* newest_ = nullptr;
  std::atomic<std::uint32_t> size_{0};
  std::atomic<std::uint64_t> taken_{0};
};

/// Whether a worker that has sent so many messages to actors of others, in the time that has
/// elapsed, gets less done together with them than one worker would do alone.
[[nodiscard]] bool should_consolidate(std::uint64_t cross_worker_messages,
                                      Duration elapsed) noexcept;

class ThreadedScheduler final : public Scheduler {
 public:
  /// With 0 workers: as many as the machine has cores.
  ThreadedScheduler(SystemCore& core, unsigned workers);
  ~ThreadedScheduler() override;

  /// Starts the threads; each keeps the core alive. Once. Throws Failure with `limit_reached`, and
  /// has then ended those that it started, where the machine gives no more.
  void start();

  void submit(Cell* cell, bool urgent) noexcept override;
  void timer_armed(TimePoint at) noexcept override;
  [[nodiscard]] TimePoint wake_up_for(TimePoint at) const noexcept override;
  void attach(EventSource& source) noexcept override;
  bool drive(const std::function<bool()>& done, TimePoint deadline) override;
  void stop(TimePoint deadline) noexcept override;
  [[nodiscard]] SchedulerCounts counts() const noexcept override;
  [[nodiscard]] std::vector<ActorId> running() const override;

  /// Lets the worker of that index give its cells to the others and sleep until it is woken, once.
  /// Any thread.
  void consolidate_from(std::size_t index) noexcept;

  /// Puts a cell where every worker finds it. A worker with no room of its own calls it.
  void spill(Cell* cell) noexcept;
  /// Wakes a sleeping worker, if there is one. Any thread.
  void wake_one() noexcept;
  [[nodiscard]] bool has_sleepers() const noexcept {
    return sleepers_.load(std::memory_order_relaxed) != 0;
  }
  [[nodiscard]] bool has_common() const noexcept { return !common_.empty(); }
  [[nodiscard]] Cell* take_common() noexcept { return common_.pop(); }
  [[nodiscard]] bool has_urgent() const noexcept { return !urgent_.empty(); }

  /// Whether idle workers wait there. Any thread.
  [[nodiscard]] bool waits_in(const EventSource& source) const noexcept {
    return source_.load(std::memory_order_relaxed) == &source;
  }

  /// At the end of the worker's round: a cell of another's that is behind, or null; then `round`,
  /// the number of the worker's next round, is raised to the latest of all.
  [[nodiscard]] Cell* catch_up(Worker& worker, std::uint64_t& round) noexcept;

 private:
  /// The source of events, while it cannot end; it ends as visits to a system do (SystemAnchor).
  class SourceVisit {
   public:
    explicit SourceVisit(ThreadedScheduler& scheduler) noexcept;
    ~SourceVisit();
    SourceVisit(const SourceVisit&) = delete;
    SourceVisit& operator=(const SourceVisit&) = delete;

    explicit operator bool() const noexcept { return source_ != nullptr; }
    EventSource* operator->() const noexcept { return source_; }

   private:
    void leave() noexcept;

    ThreadedScheduler& scheduler_;
    EventSource* source_ = nullptr;
  };
  /// The place of the worker that waits there, if it is free.
  class SourcePlace {
   public:
    explicit SourcePlace(ThreadedScheduler& scheduler) noexcept
        : source_(scheduler), has_it_(source_ && source_->enter()) {}
    ~SourcePlace() {
      if (has_it_) source_->leave();
    }
    SourcePlace(const SourcePlace&) = delete;
    SourcePlace& operator=(const SourcePlace&) = delete;

    explicit operator bool() const noexcept { return has_it_; }
    EventSource* operator->() const noexcept { return source_.operator->(); }

   private:
    SourceVisit source_;
    bool has_it_;
  };

  void work(Worker& worker);
  [[nodiscard]] Cell* find_work(Worker& worker) noexcept;
  [[nodiscard]] Cell* look_for_work(Worker& worker, TimePoint since) noexcept;
  [[nodiscard]] Cell* search(Worker& worker, const SourcePlace& place, TimePoint since) noexcept;
  [[nodiscard]] Cell* take_from_others(Worker& worker) noexcept;
  void hand_over(Worker& worker) noexcept;
  void sleep(Worker& worker, const SourcePlace& place) noexcept;
  void flush(Worker& worker) noexcept;
  void detach() noexcept;
  void end_timekeeper(std::unique_lock<std::mutex>& lock) noexcept;
  void end_waits() noexcept;
  [[nodiscard]] bool anything_waits() const noexcept;
  [[nodiscard]] bool needs_another() const noexcept;

  /// What the timekeeper saw of a worker when it last looked.
  struct Observation {
    std::uint64_t turns = 0;
    std::uint64_t messages = 0;
    std::uint64_t cross_worker_messages = 0;
    std::int64_t oldest_fresh = -1;
    std::int64_t oldest_ready = -1;
    TimePoint since{};  ///< When `messages` was seen to change.
    bool warned = false;
    std::uintptr_t inflow = 0;
    bool crowded = false;  ///< Cells waited for long.
    TimePoint crowded_since{};
  };
  void keep_time();
  [[nodiscard]] Duration next_tick(Duration tick) const noexcept;
  [[nodiscard]] bool all_sleep() const noexcept;
  [[nodiscard]] bool all_is_done_soon() const noexcept;
  [[nodiscard]] bool is_one_being_woken() const noexcept;
  void wait_until(TimePoint at);
  void wake_timekeeper() noexcept;
  [[nodiscard]] static bool is_overloaded(const Worker& worker, const Observation& before,
                                          Duration elapsed, Duration limit) noexcept;
  [[nodiscard]] bool feeds_what_waits(const Worker& worker, const Observation& before,
                                      Duration crowded_for) const noexcept;
  [[nodiscard]] bool should_spread(const Worker& worker, Observation& before, bool in_long_turn,
                                   TimePoint now, Duration elapsed) const noexcept;
  [[nodiscard]] bool observe(std::vector<Observation>& seen, TimePoint now, Duration elapsed);
  void watch_handler(const Worker& worker, Observation& before, bool runs, TimePoint now) const;
  void warn_of_slow_handler(const Worker& worker, const MessageType& type, Duration since) const;

  SystemCore& core_;
  std::vector<std::unique_ptr<Worker>> workers_;
  CommonQueue urgent_;
  CommonQueue common_;
  alignas(64) std::atomic<std::uint32_t> sleepers_{0};
  std::atomic<bool> any_overloaded_{false};  ///< As of the timekeeper's last look.
  std::atomic<bool> stopping_{false};
  std::atomic<EventSource*> source_{nullptr};
  std::atomic<std::uint32_t> source_visitors_{0};

  // The timekeeper.
  std::mutex time_mutex_;
  std::condition_variable time_changed_;
  bool time_to_look_ = false;
  std::atomic<TimePoint> wakes_at_{TimePoint::min()};  // When the timekeeper will look by itself.
  std::atomic<bool> idle_{false};   // It waits for a timer or for the first work alone.
  std::uint64_t common_taken_ = 0;  // As of its last look.
  std::uint64_t urgent_taken_ = 0;
  TimePoint consolidated_until_{};        // Until then cells may wait longer before they are moved.
  std::condition_variable thread_ended_;  // A worker, or the timekeeper.
  bool timekeeper_ended_ = false;
  std::thread timekeeper_;
};

}  // namespace troupe::runtime
