#include <troupe/persistence/mailbox/mailboxes.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <troupe/base/check.hpp>
#include <troupe/base/log_limiter.hpp>
#include <troupe/persistence/mailbox/storage_mailbox.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::persistence {
namespace {

constexpr Duration end_max = std::chrono::seconds(10);
/// Storage that is away is said once in this time, and not by each queue.
constexpr Duration warning_window = std::chrono::seconds(10);

/// Which queues have owners here, and who has them next: an actor may have the queue of one that
/// has ended before storage has all of that one. Any thread; outlives them.
class OwnedQueues {
 public:
  /// False where an actor has it that has not ended, or too many wait for it; else set() follows.
  [[nodiscard]] bool take(const std::string& queue) {
    const std::lock_guard lock(mutex_);
    Line& line = lines_[queue];
    if (line.is_taken || line.mailboxes.size() >= line_max) return false;
    if (!line.mailboxes.empty() && !line.mailboxes.back()->has_ended(queue)) return false;
    return line.is_taken = true;
  }
  /// There was no memory for who took it.
  void give_back(const std::string& queue) {
    const std::lock_guard lock(mutex_);
    const auto found = lines_.find(queue);
    found->second.is_taken = false;
    if (found->second.mailboxes.empty()) lines_.erase(found);
  }
  /// Whether nobody has it before the mailbox.
  [[nodiscard]] bool set(const std::string& queue, StorageMailbox* mailbox) {
    const std::lock_guard lock(mutex_);
    Line& line = lines_[queue];
    line.is_taken = false;
    line.mailboxes.push_back(mailbox);
    return line.mailboxes.size() == 1;
  }
  /// Who has it now.
  [[nodiscard]] StorageMailbox* first(std::string_view queue) const {
    const std::lock_guard lock(mutex_);
    const auto found = lines_.find(std::string(queue));
    const bool is_there = found != lines_.end() && !found->second.mailboxes.empty();
    return is_there ? found->second.mailboxes.front() : nullptr;
  }
  /// Who has it last.
  [[nodiscard]] StorageMailbox* last(const std::string& queue) const {
    const std::lock_guard lock(mutex_);
    const auto found = lines_.find(queue);
    const bool is_there = found != lines_.end() && !found->second.mailboxes.empty();
    return is_there ? found->second.mailboxes.back() : nullptr;
  }
  void release(const std::string& queue, StorageMailbox* mailbox) {
    StorageMailbox* next = nullptr;
    {
      const std::lock_guard lock(mutex_);
      Line& line = lines_[queue];
      const auto found = std::ranges::find(line.mailboxes, mailbox);
      const bool was_first = found == line.mailboxes.begin();
      if (found != line.mailboxes.end()) line.mailboxes.erase(found);
      if (was_first && !line.mailboxes.empty()) next = line.mailboxes.front();
      if (line.mailboxes.empty() && !line.is_taken) lines_.erase(queue);
      if (lines_.empty()) released_.notify_all();
    }
    if (next != nullptr) next->begin(queue);
  }
  /// Waits until nobody has any; storage that is away is tried again all the while. At the time's
  /// end those give up what is left whose actors have ended.
  void wait_for_all(Duration timeout) {
    Duration left = std::max(timeout, Duration::zero());
    while (true) {
      hurry_all(false);
      const Duration step = std::min(left, wait_step);
      {
        std::unique_lock lock(mutex_);
        if (released_.wait_for(lock, step, [this] { return lines_.empty(); })) return;
      }
      left -= step;
      if (left == Duration::zero()) return hurry_all(true);
    }
  }
  [[nodiscard]] bool empty() const {
    const std::lock_guard lock(mutex_);
    return lines_.empty();
  }

 private:
  struct Line {
    std::deque<StorageMailbox*> mailboxes;  // The first has the queue, the others wait for it.
    bool is_taken = false;                  // By one that is still to be set.
  };
  static constexpr std::size_t line_max = 256;
  static constexpr Duration wait_step = std::chrono::milliseconds(50);

  void hurry_all(bool is_last) {
    std::vector<std::pair<std::string, StorageMailbox*>> all;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [queue, line] : lines_) {
        for (StorageMailbox* one : line.mailboxes) all.emplace_back(queue, one);
      }
    }
    for (const auto& [queue, mailbox] : all) mailbox->hurry(queue, is_last);
  }

  mutable std::mutex mutex_;
  std::condition_variable released_;
  std::unordered_map<std::string, Line> lines_;
};

/// Unlike any other's, as incarnations are.
std::uint64_t producer_of(std::uint64_t incarnation, std::uint64_t instance) noexcept {
  const std::uint64_t mixed = incarnation ^ (instance * 0x9e3779b97f4a7c15U);
  return mixed != 0 ? mixed : incarnation;
}

/// Gives the queue back unless it is set.
struct TakenQueue {
  TakenQueue(OwnedQueues& all, const std::string& name) : queues(all), queue(name) {}
  TakenQueue(const TakenQueue&) = delete;
  TakenQueue& operator=(const TakenQueue&) = delete;
  ~TakenQueue() {
    if (!is_set) queues.give_back(queue);
  }

  OwnedQueues& queues;
  const std::string& queue;
  bool is_set = false;
};

class MailboxesOnStorage final : public DurableMailboxes {
 public:
  MailboxesOnStorage(std::shared_ptr<Storage> storage, MailboxesSettings settings)
      : storage_(std::move(storage)), settings_(std::move(settings)) {
    storage_->on_append([queues = queues_](std::string_view queue) {
      if (StorageMailbox* mailbox = queues->first(queue)) mailbox->note_foreign(queue);
    });
  }
  ~MailboxesOnStorage() override {
    queues_->wait_for_all(end_max);
    if (queues_->empty()) return;
    // Storage still has what mailboxes have asked of it.
    static auto& kept = *new std::vector<std::shared_ptr<Storage>>;
    static std::mutex kept_mutex;
    const std::lock_guard lock(kept_mutex);
    kept.push_back(std::move(storage_));
  }

  void flush(Duration timeout) override { queues_->wait_for_all(timeout); }

  Result<runtime::QueuedMailboxPtr> open(std::unique_ptr<runtime::MailboxOwner> owner,
                                         const DurableMailbox& settings) override {
    const std::string& queue = settings.queue;
    if (!queues_->take(queue)) return has_owner(queue);
    TakenQueue taken(*queues_, queue);
    const std::uint64_t instance = instances_.fetch_add(1, std::memory_order_relaxed) + 1;
    StorageMailbox* const mailbox = StorageMailbox::open(
        {.storage = storage_.get(),
         .owner = std::move(owner),
         .settings = settings,
         .incarnation = settings_.incarnation,
         .instance = instance,
         .producer = producer_of(settings_.incarnation, instance),
         .wall_clock = settings_.wall_clock,
         .is_down = settings_.is_down,
         .may_warn = [warnings = warnings_](TimePoint now) { return warnings->ask(now).admitted; },
         .released = [queues = queues_,
                      queue](StorageMailbox* released) { queues->release(queue, released); }});
    taken.is_set = true;
    if (queues_->set(queue, mailbox)) mailbox->begin(queue);
    return runtime::QueuedMailboxPtr(mailbox);
  }

 private:
  [[nodiscard]] Error has_owner(const std::string& queue) const {
    const StorageMailbox* const mailbox = queues_->last(queue);
    if (mailbox != nullptr && mailbox->has_ended(queue)) {
      return {ErrorCode::name_taken,
              "storage has not all yet of so many actors that had the queue \"" + queue +
                  "\" and have ended",
              Execution::not_executed};
    }
    const std::string path = mailbox != nullptr ? mailbox->owner_path() : std::string();
    return {ErrorCode::name_taken,
            "the queue \"" + queue + "\" is that of " +
                (path.empty() ? "an actor that has just ended" : path) +
                ": a queue has one owner at a time",
            Execution::not_executed};
  }

  std::shared_ptr<Storage> storage_;
  const MailboxesSettings settings_;
  const std::shared_ptr<OwnedQueues> queues_ = std::make_shared<OwnedQueues>();
  const std::shared_ptr<SharedLogLimiter> warnings_ =
      std::make_shared<SharedLogLimiter>(1, warning_window);
  std::atomic<std::uint64_t> instances_{0};
};

}  // namespace

std::shared_ptr<DurableMailboxes> mailboxes_on(std::shared_ptr<Storage> storage,
                                               MailboxesSettings settings) {
  TROUPE_CHECK(storage != nullptr, "mailboxes are on a storage");
  TROUPE_CHECK(settings.incarnation != 0, "an incarnation is not 0");
  return std::make_shared<MailboxesOnStorage>(std::move(storage), std::move(settings));
}

}  // namespace troupe::persistence
