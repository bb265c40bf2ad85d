// DeadLetters: the messages that could not be delivered, counted by reason, the last of them kept.
//
//   system.dead_letters().count(troupe::ErrorCode::mailbox_full)      // how many, ever
//   system.events().subscribe<troupe::DeadLetter>(auditor);           // each, as it comes
//
// The messages themselves are not kept. A request that is refused is one too, though its asker
// hears of it. An answer that comes too late is none: SystemCounts::late_replies has those.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <string>
#include <troupe/actor/ref.hpp>
#include <vector>

namespace troupe {

/// One message that was not delivered. Published on the event stream as well, unless it is itself a
/// DeadLetter that a subscriber could not take. Those that are not logged, as too many come in a
/// second, are published nevertheless.
struct DeadLetter {
  static constexpr bool local_message = true;

  ErrorCode reason;
  std::string target;  ///< Path; in words where there is none, as "nobody" for a null ref.
  std::string sender;  ///< Path; empty when the sender was not an actor.
  std::string type;    ///< Wire name of the message's type.
};

/// Those of one system. Any thread; handlers too.
class DeadLetters {
 public:
  /// Of the runtime. Keeps at most so many, 0 for none; counts all.
  explicit DeadLetters(std::size_t kept_max) : kept_max_(kept_max) {}

  /// The last dead letters, oldest first, at most as many as SystemSettings::dead_letters_max says
  /// [10,000]. Copies them under a lock, which whoever drops a message takes as well.
  [[nodiscard]] std::vector<DeadLetter> recent() const;

  /// How many there were with this reason since the system was made, kept or not. Takes no lock.
  [[nodiscard]] std::uint64_t count(ErrorCode reason) const noexcept {
    return counts_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed);
  }

  /// How many there were, of every reason: SystemCounts::dropped. Takes no lock.
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
