// QueueFeeds: refs to durable queues by their names, for whoever has something for a queue whose
// actor may not run: what is told is stored, and its actor handles it when there is one.
//
// A feed owns nothing, reads nothing and answers nothing. It is a RemoteTarget, so that it costs
// actors of this node nothing. One batch of a feed is under way at a time, and what comes meanwhile
// goes with the next.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/actor/ref.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/result.hpp>
#include <troupe/persistence/storage.hpp>

namespace troupe::persistence {

class QueueFeed;

/// Queues of one node that may have feeds at a time.
inline constexpr std::size_t queue_feeds_max = 10'000;

/// Any thread, but for construction and destruction.
class QueueFeeds {
 public:
  /// `incarnation` is the node's in this life.
  QueueFeeds(std::shared_ptr<Storage> storage, std::uint64_t incarnation);
  /// What close() has left is left to storage, whose own end waits for it.
  ~QueueFeeds();
  QueueFeeds(const QueueFeeds&) = delete;
  QueueFeeds& operator=(const QueueFeeds&) = delete;

  /// The feed of this queue, for as long as the node lives. Errors: `invalid_name`, of 1 to 255
  /// bytes; `limit_reached`; `shutdown`.
  [[nodiscard]] Result<AnyRef> find(const runtime::LocalActors& actors, std::string_view queue);

  /// Takes nothing any more, and waits for the answers of storage until `deadline` on `clock`.
  /// False where some are to come.
  bool close(const Clock& clock, TimePoint deadline);

 private:
  bool wait_and_free(const std::function<Duration()>& time_left);

  std::shared_ptr<Storage> storage_;
  const std::uint64_t incarnation_;
  std::mutex mutex_;
  std::map<std::string, QueueFeed*, std::less<>> feeds_;
  bool is_closed_ = false;
};

}  // namespace troupe::persistence
