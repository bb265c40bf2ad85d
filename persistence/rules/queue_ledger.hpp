// QueueLedger: the rules of a durable queue, without its messages. Memory and SQLite keep these
// beside it; what Redis does is the same in its scripts.
//
// Each operation is first asked about, which changes nothing but its answer, then written, then
// booked: so one that cannot be written leaves no trace here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <troupe/persistence/durable_queue.hpp>
#include <troupe/persistence/storage_limits.hpp>
#include <utility>
#include <vector>

namespace troupe::persistence {

/// The last batch of one producer.
struct ProducerBatch {
  std::uint64_t producer = 0;
  std::uint64_t batch = 0;
  std::uint64_t taken = 0;
  Position first = {};
};

/// Of one queue. Owner only.
class QueueLedger {
 public:
  QueueLedger() = default;
  explicit QueueLedger(std::string name) { state_.name = std::move(name); }
  QueueLedger(QueueState state, std::vector<ProducerBatch> producers, std::uint64_t last_letter)
      : state_(std::move(state)), producers_(std::move(producers)), last_letter_(last_letter) {}

  /// Those that begin with "ask_" say whether the operation is to be carried out. Where it is not,
  /// its outcome and outputs are set. `owner_is_gone`: the storage knows that it is.
  [[nodiscard]] bool ask_claim(ClaimQueue& operation, bool owner_is_gone) const;
  void book_claim(ClaimQueue& operation);

  /// `taken` and `first` say what to write.
  [[nodiscard]] bool ask_append(AppendBatch& operation, const StorageLimits& limits,
                                std::uint64_t now) const;
  /// How many producers were forgotten.
  std::size_t book_append(AppendBatch& operation);

  /// True: what is up to `through` is to be removed, and deaths() become dead letters with the ids
  /// after last_letter().
  [[nodiscard]] bool ask_settle(SettleBatch& operation) const;
  /// Of its dead messages those that are after the cursor.
  [[nodiscard]] std::span<const Death> deaths(const SettleBatch& operation) const noexcept;
  /// `cursor`: of the message `through`, or zeros where it moves nothing. `bytes`: of what it
  /// passes.
  void book_settle(SettleBatch& operation, Position cursor, std::uint64_t bytes);

  void book_control(ControlQueue& operation);

  /// Whether it is to be removed as a whole.
  [[nodiscard]] bool ask_drop(DropQueue& operation) const;

  /// Where a message that is replayed now stands.
  [[nodiscard]] Position next_position(std::uint64_t now) const noexcept;
  void book_replay(Position position, std::size_t bytes);
  /// Of the dead letters that are kept.
  void book_letters_gone(std::uint64_t count) noexcept { state_.dead_letters -= count; }

  [[nodiscard]] const QueueState& state() const noexcept { return state_; }
  [[nodiscard]] const std::vector<ProducerBatch>& producers() const noexcept { return producers_; }
  [[nodiscard]] std::uint64_t last_letter() const noexcept { return last_letter_; }

 private:
  [[nodiscard]] const ProducerBatch* find(std::uint64_t producer) const noexcept;
  void answer(SettleBatch& operation) const noexcept;
  void move_cursor(Position cursor) noexcept;

  QueueState state_;
  std::vector<ProducerBatch> producers_;  // The one that has not appended for longest first.
  std::uint64_t last_letter_ = 0;
};

/// Whether the request makes sense whatever the queue holds; else it is `refused`. Any thread.
[[nodiscard]] bool makes_sense(ClaimQueue& request, const StorageLimits& limits);
[[nodiscard]] bool makes_sense(AppendBatch& request, const StorageLimits& limits);
[[nodiscard]] bool makes_sense(SettleBatch& request, const StorageLimits& limits);

/// Whether the letter with which `bytes` are reached is left to the next request. Any thread.
[[nodiscard]] bool is_past_one_step(const HandleDeadLetters& request, std::size_t bytes) noexcept;

/// What is kept of a death's error. Any thread.
[[nodiscard]] std::string_view kept_error(const Death& death) noexcept;

/// The history of a message that has died once more. Any thread.
[[nodiscard]] std::string add_death(std::string_view history, const DeadLetterRecord& letter);

}  // namespace troupe::persistence
