// QueueLedger: the rules of a durable queue, without its messages. Memory and SQLite keep these
// beside it; what Redis does is the same in its scripts.
//
// Each operation is first asked about, which changes nothing but its answer, then written, then
// booked: so one that cannot be written leaves no trace here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <troupe/persistence/durable_queue.hpp>
#include <troupe/persistence/storage_limits.hpp>
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

  /// Takes what is settled already out of `dead` and `expired`. True: what is up to `through` is to
  /// be removed, and what is in `dead` becomes dead letters with the ids after last_letter().
  [[nodiscard]] bool ask_settle(SettleBatch& operation) const;
  /// `cursor`: of the message `through`, or zeros where it moves nothing. `bytes`: of what it
  /// passes.
  void book_settle(SettleBatch& operation, Position cursor, std::uint64_t bytes);

  void book_control(ControlQueue& operation);

  /// Where a message that is replayed now stands.
  [[nodiscard]] Position next_position(std::uint64_t now) const noexcept;
  void book_replay(Position position, std::size_t bytes);
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

/// The history of a message that has died once more. Any thread.
[[nodiscard]] std::string add_death(std::string_view history, const DeadLetterRecord& letter);

}  // namespace troupe::persistence
