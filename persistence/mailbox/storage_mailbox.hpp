// StorageMailbox: an actor's mailbox on storage. It brings the parts together: what waits for
// storage (mailbox_outbox.hpp), what is in memory to be handled (mailbox_window.hpp), and the four
// requests to storage, one of each sort under way at a time.
//
//   sent -> encoded on the sender's thread -> outbox -> append -> window, or storage alone -> pop()
//        -> decoded and handled in the actor's turn -> settle() -> cursor, attempts, deaths
//
// Pooled and never given back to the machine, as all mailboxes are. Once its actor has ended it
// stores and settles what is left, gives the queue up, and then serves the next actor. Where
// storage is away meanwhile it is tried again for as long as a message may wait, and no longer.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <troupe/actor/ports/mailbox_owner.hpp>
#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/persistence/mailbox/mailbox_outbox.hpp>
#include <troupe/persistence/mailbox/mailbox_window.hpp>
#include <troupe/persistence/storage.hpp>
#include <vector>

namespace troupe::persistence {

class StorageMailbox;

/// What a mailbox is opened with.
struct MailboxOrder {
  Storage* storage = nullptr;  ///< Until `released` is called.
  std::unique_ptr<runtime::MailboxOwner> owner;
  DurableMailbox settings;
  std::uint64_t incarnation = 0;
  std::uint64_t instance = 0;
  std::uint64_t producer = 0;
  std::function<std::uint64_t()> wall_clock;  ///< Wall time in ms, as the storage's; or none.
  std::function<bool(std::uint64_t incarnation)> is_down;  ///< Of a node, for ever; or none.
  std::function<bool(TimePoint now)> may_warn;             ///< That storage is away. Any thread.
  /// The queue may have another owner. Any thread.
  std::function<void(StorageMailbox* mailbox)> released;
};

class StorageMailbox final : public runtime::QueuedMailbox {
 public:
  /// What is sent waits until begin(), and until the queue is claimed. Any thread.
  [[nodiscard]] static StorageMailbox* open(MailboxOrder order);

  /// No other actor of this process has the queue any more: claims it. Any thread.
  void begin(const std::string& queue);
  /// Whether the actor that it has the queue for has ended. Any thread.
  [[nodiscard]] bool has_ended(const std::string& queue) const;
  /// Where that has ended, tries storage that is away again at once, or, with `is_last`, gives up
  /// what is left. Any thread.
  void hurry(const std::string& queue, bool is_last);

  /// The actor's path. Any thread.
  [[nodiscard]] std::string owner_path() const;

  /// Somebody else has added to the queue. Any thread.
  void note_foreign(std::string_view queue);

  [[nodiscard]] Refusal offer(runtime::Envelope* envelope,
                              std::vector<runtime::Envelope*>& dropped) override;
  [[nodiscard]] Refusal offer_blocking(runtime::Envelope* envelope) override;
  [[nodiscard]] Refusal offer_later(runtime::Envelope* envelope, runtime::FutureBase* done,
                                    std::vector<runtime::Envelope*>& withdrawn) override;
  [[nodiscard]] Refusal insist(runtime::Envelope* envelope) override;
  [[nodiscard]] runtime::Envelope* pop(Popped& popped) override;
  [[nodiscard]] bool empty() const override;
  [[nodiscard]] std::size_t count(
      bool (*is_of_sort)(const runtime::Envelope& envelope) noexcept) const override;
  [[nodiscard]] std::size_t waiting() const override;
  [[nodiscard]] Overflow overflow() const noexcept override { return Overflow::drop_new; }
  [[nodiscard]] bool is_durable() const noexcept override { return true; }
  void settle(const runtime::Ticket& ticket, runtime::Settled outcome,
              const Error* error) noexcept override;
  void share(const runtime::Ticket& ticket) noexcept override;
  void put_aside(const runtime::Ticket& ticket, bool is_stashed) noexcept override;
  void take_back(runtime::Envelope& envelope) noexcept override;
  void due() noexcept override;
  [[nodiscard]] std::vector<runtime::Envelope*> close() override;
  [[nodiscard]] std::vector<runtime::Envelope*> close_for(runtime::ActorId owner) override;
  void give_back() noexcept override;

 private:
  /// What follows from a change, and is done without the lock.
  struct Effects {
    std::vector<OutgoingMessage> stored;
    std::vector<runtime::Ticket> tickets;  // Of messages that are stored.
    std::vector<OutgoingMessage> refused;
    std::vector<runtime::MessageRemains> askers;  // That hear nothing any more.
    ErrorCode reason = ErrorCode::storage_unavailable;
    std::string error = {};    // To be logged.
    std::string warning = {};  // The same.
    bool stops = false;        // The actor.
    bool wakes = false;
  };

  struct Claim final : ClaimQueue {
    explicit Claim(StorageMailbox& one) : mailbox(one) {}
    void complete() noexcept override { mailbox.claimed(); }
    StorageMailbox& mailbox;
  };
  struct Append final : AppendBatch {
    explicit Append(StorageMailbox& one) : mailbox(one) {}
    void complete() noexcept override { mailbox.appended(); }
    StorageMailbox& mailbox;
  };
  struct Read final : ReadQueue {
    explicit Read(StorageMailbox& one) : mailbox(one) {}
    void complete() noexcept override { mailbox.has_read(); }
    StorageMailbox& mailbox;
  };
  struct Settle final : SettleBatch {
    explicit Settle(StorageMailbox& one) : mailbox(one) {}
    void complete() noexcept override { mailbox.settled(); }
    StorageMailbox& mailbox;
  };
  /// One of the runtime's own messages, and behind which message it comes.
  struct Notice {
    std::uint64_t after;
    runtime::Envelope* envelope;
  };

  StorageMailbox() = default;
  static void refuse_all(runtime::MailboxOwner& owner, const std::string& queue, Effects& effects);

  // With the lock.
  [[nodiscard]] bool serves(runtime::ActorId actor) const noexcept {
    return life_ != nullptr && !life_->is_closed && life_->order.owner->id() == actor;
  }
  [[nodiscard]] bool has_ready_notice() const;
  [[nodiscard]] Operation* next_operation();
  [[nodiscard]] bool begin_claim();
  [[nodiscard]] bool begin_append();
  [[nodiscard]] bool begin_read();
  [[nodiscard]] bool begin_settle();
  void note_away(Effects& effects, const Operation& operation);
  void note_owned(Effects& effects);
  void note_answer() noexcept;
  void fence(Effects& effects, std::string_view what, const Operation& operation);
  void take_stored(Effects& effects);
  void sort_notices();
  void give_up_outbox(Effects& effects);
  void set_alarm();
  [[nodiscard]] bool needs_storage() const;
  [[nodiscard]] bool is_done() const;
  void look(Effects& effects);
  [[nodiscard]] bool has_ready() const;
  /// What follows is to be carried out: till then the life does not end.
  void decide(Effects& effects);

  // Without the lock.
  [[nodiscard]] Refusal take(runtime::Envelope* envelope, runtime::FutureBase* done);
  [[nodiscard]] Refusal keep(runtime::Envelope* envelope, runtime::FutureBase* done);
  void claimed() noexcept;
  void appended() noexcept;
  void has_read() noexcept;
  void settled() noexcept;
  void pump();
  void carry_out(Effects& effects) noexcept;
  void finish();
  [[nodiscard]] runtime::Envelope* make(const MailboxWindow::Given& given,
                                        runtime::MessageRemains remains);

  /// From open() until all is answered after give_back().
  struct Life {
    Life(MailboxOrder opened, std::uint64_t givings);
    MailboxOrder order;
    MailboxWindow window;
    MailboxOutbox outbox;
    std::deque<Notice> notices;
    std::map<std::uint64_t, runtime::MessageRemains> askers;  // By the message's number.
    Token token = {};
    std::uint64_t settle_number = 0;
    bool is_owner = false;
    bool has_begun = false;  // The queue was claimed once.
    bool is_fenced = false;
    bool is_closed = false;
    bool is_given_back = false;
    bool is_given_up = false;
    bool is_released = false;  // The queue, on storage.
    bool waits_for_queue = true;
    bool has_foreign = false;
    bool claims = false, appends = false, reads = false, settles = false;  // Under way.
    bool is_away = false;                                                  // Storage, until:
    TimePoint again_at = TimePoint::max();
    Duration back_off{0};
    TimePoint given_up_at = TimePoint::max();  // Where storage is away till then.
    Token gone = {};                           // The owner before, which is known to be down.
    TimePoint claim_at = TimePoint::min();     // Another node has the queue, till then at least.
    bool has_said_owned = false;
    TimePoint look_at = TimePoint::max();  // Whether the queue is paused still.
    TimePoint alarm_at = TimePoint::max();
    std::size_t askers_looked_at = 64;
    std::size_t effects = 0;  // That are carried out just now.
  };

  mutable std::mutex mutex_;
  std::unique_ptr<Life> life_;
  std::uint64_t givings_ = 0;  // Of all lives before.
  Claim claim_{*this};
  Append append_{*this};
  Read read_{*this};
  Settle settle_{*this};
};

}  // namespace troupe::persistence
