#include <troupe/persistence/mailbox/mailboxes.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <troupe/base/check.hpp>
#include <troupe/persistence/mailbox/storage_mailbox.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::persistence {
namespace {

constexpr Duration end_max = std::chrono::seconds(10);

/// Which queues have owners here. Any thread; outlives them.
class OwnedQueues {
 public:
  /// False where somebody has it.
  [[nodiscard]] bool take(const std::string& queue) {
    const std::lock_guard lock(mutex_);
    return owned_.try_emplace(queue, nullptr).second;
  }
  void set(const std::string& queue, StorageMailbox* mailbox) {
    const std::lock_guard lock(mutex_);
    if (const auto found = owned_.find(queue); found != owned_.end()) {
      found->second = mailbox;
    }
  }
  [[nodiscard]] StorageMailbox* find(std::string_view queue) const {
    const std::lock_guard lock(mutex_);
    const auto found = owned_.find(std::string(queue));
    return found != owned_.end() ? found->second : nullptr;
  }
  void release(const std::string& queue) {
    const std::lock_guard lock(mutex_);
    owned_.erase(queue);
    released_.notify_all();
  }
  [[nodiscard]] bool wait_for_all(Duration timeout) {
    std::unique_lock lock(mutex_);
    return released_.wait_for(lock, timeout, [this] { return owned_.empty(); });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable released_;
  std::unordered_map<std::string, StorageMailbox*> owned_;
};

/// Unlike any other's, as incarnations are.
std::uint64_t producer_of(std::uint64_t incarnation, std::uint64_t instance) noexcept {
  const std::uint64_t mixed = incarnation ^ (instance * 0x9e3779b97f4a7c15U);
  return mixed != 0 ? mixed : incarnation;
}

class MailboxesOnStorage final : public DurableMailboxes {
 public:
  MailboxesOnStorage(std::shared_ptr<Storage> storage, MailboxesSettings settings)
      : storage_(std::move(storage)), settings_(std::move(settings)) {
    storage_->on_append([queues = queues_](std::string_view queue) {
      if (StorageMailbox* mailbox = queues->find(queue)) mailbox->note_foreign(queue);
    });
  }
  ~MailboxesOnStorage() override {
    if (queues_->wait_for_all(end_max)) return;
    // Storage still has what mailboxes have asked of it.
    static auto& kept = *new std::vector<std::shared_ptr<Storage>>;
    static std::mutex kept_mutex;
    const std::lock_guard lock(kept_mutex);
    kept.push_back(std::move(storage_));
  }

  void flush(Duration timeout) override {
    static_cast<void>(queues_->wait_for_all(std::max(timeout, Duration::zero())));
  }

  Result<runtime::QueuedMailboxPtr> open(std::unique_ptr<runtime::MailboxOwner> owner,
                                         const DurableMailbox& settings) override {
    const std::string& queue = settings.queue;
    if (!queues_->take(queue)) return has_owner(queue);
    const std::uint64_t instance = instances_.fetch_add(1, std::memory_order_relaxed) + 1;
    StorageMailbox* const mailbox =
        StorageMailbox::open({.storage = storage_.get(),
                              .owner = std::move(owner),
                              .settings = settings,
                              .incarnation = settings_.incarnation,
                              .instance = instance,
                              .producer = producer_of(settings_.incarnation, instance),
                              .wall_clock = settings_.wall_clock,
                              .released = [queues = queues_, queue] { queues->release(queue); }});
    queues_->set(queue, mailbox);
    mailbox->note_foreign(queue);  // What came before it was known by its queue.
    return runtime::QueuedMailboxPtr(mailbox);
  }

 private:
  [[nodiscard]] Error has_owner(const std::string& queue) const {
    const StorageMailbox* const mailbox = queues_->find(queue);
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
