// MailboxOutbox: the messages that wait for storage, in the order in which they were sent, and the
// batch of them that is under way. A pure core: time is an argument.
//
// One batch of the producer is under way at a time. One whose answer was lost is sent again as it
// was, and storage knows it; until its answer comes nothing behind it is sent.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <troupe/actor/ports/stored_message.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/persistence/durable_queue.hpp>
#include <vector>

namespace troupe::runtime {
class FutureBase;
}

namespace troupe::persistence {

/// A message on its way to storage, or, without a record, an envelope of the runtime's own that
/// keeps its place among them.
struct OutgoingMessage {
  std::string record = {};
  std::string sender = {};     ///< For a dead letter.
  std::string type_name = {};  ///< The same.
  runtime::MessageRemains remains = {};
  runtime::FutureBase* stored = nullptr;  ///< With a reference: completed when it is stored.
  runtime::Envelope* notice = nullptr;
  TimePoint until = TimePoint::max();  ///< How long it waits.
  bool may_be_stored = false;          ///< The answer to its batch was lost.
};

/// Owner only.
class MailboxOutbox {
 public:
  MailboxOutbox(std::uint64_t producer, std::size_t batch_messages_max, std::size_t batch_bytes_max)
      : producer_(producer),
        batch_messages_max_(batch_messages_max),
        batch_bytes_max_(batch_bytes_max) {}

  /// The reference is good until the next call.
  OutgoingMessage& put(OutgoingMessage message);

  [[nodiscard]] bool empty() const noexcept { return waiting_.empty() && under_way_.empty(); }
  /// Of messages, and their bytes, those that are under way among them.
  [[nodiscard]] std::size_t messages() const noexcept { return messages_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  /// When there is something for take_late(); TimePoint::max() for never.
  [[nodiscard]] TimePoint next_time() const noexcept;

  /// What has its turn before the next batch: notices that nothing is before any more.
  [[nodiscard]] std::vector<runtime::Envelope*> take_notices();
  /// All notices, wherever they are.
  [[nodiscard]] std::vector<runtime::Envelope*> take_all_notices();
  /// Fills in the next batch, or the one that is to be sent again; false: there is none, or its
  /// answer is still to come.
  [[nodiscard]] bool fill(AppendBatch& batch);

  /// The first `taken` of the batch are stored: those are returned, and the others are tried again.
  [[nodiscard]] std::vector<OutgoingMessage> stored(std::size_t taken);
  /// Nobody knows whether the batch was stored: it is to be sent again, as it was.
  void lost() noexcept;
  /// The batch was not written this time. It is sent again as it was where its answer was lost
  /// before; else its messages wait as if they had not been sent.
  void put_off();
  /// Takes the last message back that was put; it was just put.
  void take_last() noexcept;
  /// The batch was not written. Its messages come to nothing.
  [[nodiscard]] std::vector<OutgoingMessage> refused();
  /// Those that have waited for too long. Those of a batch only while it is not on its way.
  [[nodiscard]] std::vector<OutgoingMessage> take_late(TimePoint now);

 private:
  void drop(const OutgoingMessage& message) noexcept;

  const std::uint64_t producer_;
  const std::size_t batch_messages_max_;
  const std::size_t batch_bytes_max_;
  std::deque<OutgoingMessage> waiting_;
  std::deque<OutgoingMessage> under_way_;
  std::uint64_t batch_ = 0;
  bool is_sent_ = false;
  bool is_lost_ = false;  // The batch under way.
  std::size_t messages_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace troupe::persistence
