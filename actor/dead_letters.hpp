// DeadLetters: the messages that could not be delivered, counted by reason, the last of them kept.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <string>
#include <troupe/actor/actor_ref.hpp>
#include <vector>

namespace troupe {

/// One message that was not delivered. Published on the event stream as well.
struct DeadLetter {
  static constexpr bool local_message = true;

  ErrorCode reason;
  std::string target;  ///< Path.
  std::string sender;  ///< Path; empty when the sender was not an actor.
  std::string type;    ///< Wire name of the message's type.
};

/// Any thread.
class DeadLetters {
 public:
  explicit DeadLetters(std::size_t kept_max) : kept_max_(kept_max) {}

  /// The last dead letters, oldest first, at most as many as the setting says [10,000].
  [[nodiscard]] std::vector<DeadLetter> recent() const;

  /// How many there were with this reason, kept or not.
  [[nodiscard]] std::uint64_t count(ErrorCode reason) const noexcept {
    return counts_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed);
  }

  /// How many there were.
  [[nodiscard]] std::uint64_t total() const noexcept;

  /// Of the runtime: keeps and counts one.
  void add(DeadLetter letter) noexcept;
  /// Of the runtime: counts one for which there is no memory.
  void count_one(ErrorCode reason) noexcept {
    counts_[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
  }

 private:
  const std::size_t kept_max_;
  std::array<std::atomic<std::uint64_t>, error_code_count> counts_{};
  mutable std::mutex mutex_;
  std::deque<DeadLetter> kept_;
};

}  // namespace troupe
