// QueueFeed: the target of refs to one durable queue, whoever has it.
//
// Its memory is never given back to the machine, because refs point to it: it serves another queue
// next, under another number, and a ref with an earlier one names nobody.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/persistence/mailbox/mailbox_outbox.hpp>
#include <troupe/persistence/storage.hpp>
#include <vector>

namespace troupe::persistence {

/// What a feed begins with.
struct FeedOrder {
  runtime::SystemAnchor* anchor = nullptr;
  std::string path;  ///< For people: "troupe://shop@127.0.0.1:7001/queue/orders".
  std::string queue;
  Storage* storage = nullptr;  ///< Until it is idle after close().
  std::uint64_t producer = 0;
};

/// Any thread.
class QueueFeed final : public RemoteTarget {
 public:
  /// One that serves this queue from now on.
  [[nodiscard]] static QueueFeed& begin(FeedOrder order);
  /// Refs to it have this as id.
  [[nodiscard]] std::uint64_t number() const;
  void close();
  /// Whether storage has answered all, after close(), within the time: then it is another queue's.
  [[nodiscard]] bool wait_and_free(Duration timeout);

  [[nodiscard]] std::optional<ErrorCode> tell(RemoteId number, runtime::ActorId sender,
                                              const runtime::MessageType& type,
                                              const void* message) noexcept override;
  [[nodiscard]] Sending send(RemoteId number, runtime::ActorId sender,
                             const runtime::MessageType& type,
                             const void* message) noexcept override;
  [[nodiscard]] std::optional<ErrorCode> ask(RemoteId number,
                                             runtime::Envelope* request) noexcept override;
  [[nodiscard]] bool is_path() const noexcept override { return true; }
  [[nodiscard]] std::string why(RemoteId number, ErrorCode reason) const override;
  [[nodiscard]] std::string path(RemoteId number) const override;
  [[nodiscard]] runtime::SystemAnchor* anchor(RemoteId number) const noexcept override;

 private:
  struct Append final : AppendBatch {
    explicit Append(QueueFeed& one) : feed(one) {}
    void complete() noexcept override { feed.appended(); }
    QueueFeed& feed;
  };
  /// From begin() until it is freed.
  struct Life {
    explicit Life(FeedOrder begun);
    FeedOrder order;
    MailboxOutbox outbox;
    bool is_under_way = false;
    bool is_closed = false;
    unsigned tries = 0;  // Of the batch under way.
  };

  [[nodiscard]] std::optional<ErrorCode> put(RemoteId number, runtime::ActorId sender,
                                             const runtime::MessageType& type, const void* message,
                                             runtime::FutureBase* done);
  [[nodiscard]] std::optional<ErrorCode> keep(RemoteId number, OutgoingMessage message);
  [[nodiscard]] bool serves(RemoteId number) const noexcept;
  void pump();
  void appended() noexcept;

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::optional<Life> life_;
  std::uint64_t number_ = 0;
  Append append_{*this};
};

}  // namespace troupe::persistence
