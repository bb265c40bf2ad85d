// QueuedMailbox: the mailbox of an actor whose ordinary messages do not go straight to its cell's
// inbox: one with a bound (runtime/bounded_queue.hpp), or one that lies on storage.
//
// Such objects are never given back to the machine, as cells are not: a sender may still look at
// the mailbox of an actor that has just ended. Each message names the actor that it is for, and a
// mailbox that serves another one refuses it.
//
// A mailbox on storage gives each message out with a Ticket, in an envelope of kind `stored`, and
// hears exactly once what became of it: settle(). What stash(), forward() and defer() make of the
// message gets a ticket too, a share; see runtime/decoding.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <troupe/actor/ports/envelope.hpp>
#include <troupe/actor/spawn_options.hpp>
#include <vector>

namespace troupe::runtime {

class FutureBase;
class QueuedMailbox;

/// What became of a message that has a Ticket.
enum class Settled : std::uint8_t {
  handled,   ///< The handler, or the Task that it returned, has ended; a deferred answer was given.
  failed,    ///< It threw, or the message could not be passed on. It is to come again.
  expired,   ///< The time of its ask was over.
  unusable,  ///< `unknown_type`, `malformed`: no further attempt can help.
  kept,      ///< It was not handled to the end, and nobody failed: it is to come again.
};

/// Whose a message is until settle().
struct Ticket {
  QueuedMailbox* mailbox;
  std::uint64_t number;    ///< Of the message.
  std::uint64_t giving;    ///< Of this giving out; the mailbox never gives it again, to no actor.
  std::uint32_t failures;  ///< Of the message so far.
  bool is_share = false;   ///< Of what was made of the message, and not of its handling.
};

class QueuedMailbox {
 public:
  QueuedMailbox(const QueuedMailbox&) = delete;
  QueuedMailbox& operator=(const QueuedMailbox&) = delete;

  /// Why a message was not taken: then the caller still owns it. `mailbox_full`: there is no room.
  /// `actor_stopped`: the mailbox is closed, or serves another actor.
  using Refusal = std::optional<ErrorCode>;

  /// Takes a message of kind `user`, `encoded` or `ticketed`, if there is room. `dropped` gets
  /// those that had to go for it. Any thread.
  [[nodiscard]] virtual Refusal offer(Envelope* envelope, std::vector<Envelope*>& dropped) = 0;

  /// As offer(), but blocks until there is room or the actor ends; `mailbox_full` for a message
  /// that no room would be enough for. Not on a worker.
  [[nodiscard]] virtual Refusal offer_blocking(Envelope* envelope) = 0;

  /// As offer(), but keeps the envelope, in the order of arrival, until there is room or the
  /// message is on storage; then `done`, of which it takes a reference, is completed. `withdrawn`
  /// gets messages whose futures are done already. Any thread.
  [[nodiscard]] virtual Refusal offer_later(Envelope* envelope, FutureBase* done,
                                            std::vector<Envelope*>& withdrawn) = 0;

  /// Queues whatever the room: for messages that are not the sender's choice. Any thread.
  [[nodiscard]] virtual Refusal insist(Envelope* envelope) = 0;

  /// What pop() tells besides the message.
  struct Popped {
    std::uint32_t left = 0;  ///< Messages behind it.
    std::vector<Envelope*> withdrawn = {};
    std::optional<TimePoint> came = std::nullopt;  ///< Where that is wanted: when it was put in.
  };
  /// The next message, or null. `withdrawn` gets messages whose futures are done already: their
  /// senders do not wait any more, or could wait for ever. The owner's turn.
  [[nodiscard]] virtual Envelope* pop(Popped& popped) = 0;

  /// Whether pop() would return null. Any thread.
  [[nodiscard]] virtual bool empty() const = 0;
  /// How many messages of that sort it has here. Any thread.
  [[nodiscard]] virtual std::size_t count(
      bool (*is_of_sort)(const Envelope& envelope) noexcept) const = 0;
  /// How many messages wait for room, or for storage. Any thread.
  [[nodiscard]] virtual std::size_t waiting() const = 0;

  /// What becomes of a message without room. Any thread.
  [[nodiscard]] virtual Overflow overflow() const noexcept = 0;
  /// Whether what it takes is on storage then, and no more in the system's books. Any thread.
  [[nodiscard]] virtual bool is_durable() const noexcept { return false; }

  /// Once for each ticket; nothing for one that is not known any more. The message is done once all
  /// of its tickets are `handled`. What else its handling has come to decides at once, and what a
  /// share has come to, once the handling is over. `error` says why, for `failed` and `unusable`.
  /// Any thread.
  virtual void settle(const Ticket& ticket, Settled outcome, const Error* error) noexcept;
  /// There is one more ticket of the message, a share. Any thread.
  virtual void share(const Ticket& ticket) noexcept;
  /// The handler of the message has left it for later: `is_stashed`, or it is a Task that lets
  /// others go on. Any thread.
  virtual void put_aside(const Ticket& ticket, bool is_stashed) noexcept;
  /// Takes back a message that has a ticket, as `kept`, with whoever waits for its answer; the
  /// envelope is left to be freed. The owner's turn.
  virtual void take_back(Envelope& envelope) noexcept;
  /// The time has come that it asked its MailboxOwner for. The owner's turn; after give_back() any
  /// thread.
  virtual void due() noexcept {}

  /// Refuses everything from now on, wakes those who wait, and returns what becomes dead letters.
  /// settle() is still heard. The owner's turn.
  [[nodiscard]] virtual std::vector<Envelope*> close() = 0;
  /// The same from any thread; nothing once it serves another actor.
  [[nodiscard]] virtual std::vector<Envelope*> close_for(ActorId owner) = 0;
  /// The actor has ended: it may serve another one. After close().
  virtual void give_back() noexcept = 0;

 protected:
  QueuedMailbox() = default;
  ~QueuedMailbox() = default;
};

/// Of an actor that came to nothing, so that nobody has sent it anything.
struct GiveBack {
  void operator()(QueuedMailbox* mailbox) const noexcept;
};
using QueuedMailboxPtr = std::unique_ptr<QueuedMailbox, GiveBack>;

}  // namespace troupe::runtime
