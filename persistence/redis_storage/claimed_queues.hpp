// ClaimedQueues: the queues that were claimed through one storage, and what was said of them: by
// which a server that has lost the end of a queue is found out, and an owner that was not woken.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <troupe/persistence/durable_queue.hpp>
#include <troupe/persistence/redis_storage/storage_keys.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::persistence {

/// What an owner was told.
struct ClaimedQueue {
  Token token = {};
  /// Of messages that it, or a sender here, has heard of: the last, and of those before it fewer
  /// and fewer. In their order.
  std::vector<Position> marks = {};
  std::uint64_t told = 0;     ///< The number of the last that it has heard of itself.
  std::uint64_t settled = 0;  ///< Through which all is settled.
  bool is_in_doubt = false;   ///< The server is another one than the one that said so.
};

struct KnownQueue {
  std::string name = {};
  std::uint64_t last = 0;
};

/// Any thread.
class ClaimedQueues {
 public:
  /// An answer. True: the queue has gone back, without a word of the server, and is in doubt now.
  bool note(Operation& operation);

  /// The server is another one. Their names.
  [[nodiscard]] std::vector<std::string> doubt_all();
  /// What was said of the queue, where that is in doubt.
  [[nodiscard]] std::optional<ClaimedQueue> doubted(const std::string& queue) const;
  /// It stands as it is said here.
  void restored(const QueueState& state);
  /// Another one has it.
  void forget(const std::string& queue);

  /// By their buckets.
  [[nodiscard]] std::array<std::vector<KnownQueue>, buckets> by_bucket() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, ClaimedQueue> queues_;
};

}  // namespace troupe::persistence
