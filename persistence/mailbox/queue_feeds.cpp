#include <troupe/persistence/mailbox/queue_feeds.hpp>

#include <algorithm>
#include <troupe/persistence/mailbox/queue_feed.hpp>
#include <utility>
#include <vector>

namespace troupe::persistence {
namespace {

/// Unlike those of the node's mailboxes, whose instances are counted from 1.
std::uint64_t feeding_producer(std::uint64_t incarnation, std::uint64_t instance) noexcept {
  const std::uint64_t mixed =
      incarnation ^ (((std::uint64_t{1} << 63U) + instance) * 0x9e3779b97f4a7c15U);
  return mixed != 0 ? mixed : ~incarnation;
}

}  // namespace

QueueFeeds::QueueFeeds(std::shared_ptr<Storage> storage, std::uint64_t incarnation)
    : storage_(std::move(storage)), incarnation_(incarnation) {}

QueueFeeds::~QueueFeeds() {
  if (wait_and_free([] { return Duration::zero(); })) return;
  // Storage still has what feeds have asked of it.
  static auto& kept = *new std::vector<std::shared_ptr<Storage>>;
  static std::mutex kept_mutex;
  const std::lock_guard lock(kept_mutex);
  kept.push_back(std::move(storage_));
}

Result<AnyRef> QueueFeeds::find(const runtime::LocalActors& actors, std::string_view queue) {
  if (queue.empty() || queue.size() > name_bytes_max) {
    return Error(ErrorCode::invalid_name, "the name of a queue has 1 to 255 bytes",
                 Execution::not_executed);
  }
  const std::lock_guard lock(mutex_);
  if (is_closed_) {
    return Error(ErrorCode::shutdown, "the node is shutting down", Execution::not_executed);
  }
  auto found = feeds_.find(queue);
  if (found == feeds_.end()) {
    if (feeds_.size() >= queue_feeds_max) {
      return Error(ErrorCode::limit_reached, "too many queues are fed by name",
                   Execution::not_executed);
    }
    // The queue outlives this life of the node.
    const std::string address = actors.address().substr(0, actors.address().find('#'));
    std::string path = (address.empty() ? "" : "troupe://" + address) + "/queue/";
    QueueFeed& feed = QueueFeed::begin({.anchor = actors.anchor(),
                                        .path = path.append(queue),
                                        .queue = std::string(queue),
                                        .storage = storage_.get(),
                                        .producer = feeding_producer(incarnation_, feeds_.size())});
    found = feeds_.emplace(queue, &feed).first;
  }
  return AnyRef(static_cast<RemoteTarget*>(found->second), found->second->number());
}

bool QueueFeeds::close(const Clock& clock, TimePoint deadline) {
  return wait_and_free([&] { return std::max(deadline - clock.now(), Duration::zero()); });
}

bool QueueFeeds::wait_and_free(const std::function<Duration()>& time_left) {
  std::map<std::string, QueueFeed*, std::less<>> closed;
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    closed.swap(feeds_);
  }
  for (const auto& [queue, feed] : closed) feed->close();
  std::erase_if(closed, [&](const auto& one) { return one.second->wait_and_free(time_left()); });
  const std::lock_guard lock(mutex_);
  feeds_.merge(closed);
  return feeds_.empty();
}

}  // namespace troupe::persistence
