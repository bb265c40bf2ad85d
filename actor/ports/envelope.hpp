// Envelope: one message on its way, in one block of pooled memory.
//
//   bytes 0..39    header: link, type, target, sender, kind
//   bytes 40..63   only where an answer is awaited: AskPart
//   then           the message itself
//   last bytes     only of a message that came from another node, or from storage, and is decoded:
//                  Origin, as said in runtime/decoding.hpp, and before it, of one from storage, its
//                  Ticket
//
// Whoever holds the pointer owns the envelope. Letting go of one whose asker still waits answers
// the asker with an error first: that is how no ask is ever forgotten.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <troupe/actor/ports/actor_id.hpp>
#include <troupe/actor/ports/message_type.hpp>
#include <troupe/actor/runtime/pool.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>

namespace troupe::runtime {

class Cell;
class ReplySink;

/// An edge of the wait graph: the number of the cell of whom an actor waits for, and which ask of
/// its own that is for. 0 is none. See exclusive_wait.hpp.
using WaitEdge = std::uint64_t;

/// What an envelope is to the actor that takes it out of its mailbox.
enum class Kind : std::uint8_t {
  // Ordinary lane: in order, behind what was sent before.
  user,        ///< A message of `type`.
  encoded,     ///< EncodedMessage: a message from another node, in the mailbox; its actor's turn
               ///< makes one of kind `user` of it.
  stored,      ///< EncodedMessage with a Ticket: a message from storage, of which its actor's turn
               ///< makes one of kind `ticketed`.
  ticketed,    ///< As `user`, with a Ticket.
  terminated,  ///< Terminated: an actor that this one watches has ended.
  timer,       ///< A keyed timer's message; `sender` is the timer's serial number.
  notice,      ///< A message of `type` from the node itself: in no books, and in no bound.
  drain,       ///< Stop here: everything that was sent before has been handled.
  end_of_watches,  ///< What an instance before a restart had watched, and was told of, is before
                   ///< it.
  arrived,         ///< Arrival: when the message behind it has come.
  starting,        ///< Never in a mailbox: what an on_start that is a Task has for a request.
  // System lane: ahead of ordinary messages.
  reply,          ///< The answer to an ask of this actor: a value of `type`, or an Error.
  stop,           ///< End after the current message; `sender` is 1 for kill.
  watch,          ///< `sender` wants to know of this actor's end.
  unwatch,        ///< `sender` does not any more.
  await_stopped,  ///< The ask part's sink is told when the actor has ended.
  child_failed,   ///< FailureReport, of the child that is the sender.
  child_stopped,  ///< `sender`, a child, has ended, with the StopReason in `reserved`; its cell can
                  ///< be used again.
  directive,      ///< A SupervisionDecision; `sender` is its number where it is about
                  ///< several children, else 0.
  timer_due,      ///< Something of this actor's that has a time is due.
  resume,         ///< The future that a task of this actor awaits is done; the token names it. With
                  ///< `reserved` not 0 its time is up.
  settled,        ///< What kept the actor from being idle, beside its messages, is done.
  tell_depth,     ///< The ask part's sink is told how much waits in the mailbox.
  tell_types,     ///< The ask part's sink is told which messages of other nodes are accepted.
  remote_event,   ///< RemoteEvent, for an Intermediary: what another node's runtime has signalled.
};

/// Whether it is a message that somebody has sent.
[[nodiscard]] constexpr bool was_sent(Kind kind) noexcept { return kind <= Kind::ticketed; }
/// Whether it is an EncodedMessage.
[[nodiscard]] constexpr bool is_encoded(Kind kind) noexcept {
  return kind == Kind::encoded || kind == Kind::stored;
}

/// Where an answer goes and until when it is of use.
struct AskPart {
  ReplySink* sink;      ///< Null: the answer goes to the actor that is the envelope's sender.
  std::uint64_t token;  ///< Tells the asker which of its asks is answered; 0: answered already.
  TimePoint deadline;
};

struct Envelope {
  Envelope* next;
  const MessageType* type;
  ActorId target;
  ActorId sender;
  Kind kind;
  bool has_ask;
  bool has_origin;
  std::uint8_t reserved;
  std::uint32_t size;  ///< Of the whole block, in bytes.

  [[nodiscard]] AskPart& ask() noexcept { return *reinterpret_cast<AskPart*>(this + 1); }
  [[nodiscard]] bool awaits_answer() noexcept { return has_ask && ask().token != 0; }

  [[nodiscard]] static constexpr std::size_t payload_offset(bool has_ask,
                                                            std::size_t alignment) noexcept;

  [[nodiscard]] void* payload() noexcept {
    return reinterpret_cast<std::byte*>(this) + payload_offset(has_ask, type->alignment);
  }
  template <class M>
  [[nodiscard]] M& payload_as() noexcept {
    return *std::launder(reinterpret_cast<M*>(reinterpret_cast<std::byte*>(this) +
                                              payload_offset(has_ask, alignof(M))));
  }
};

constexpr std::size_t Envelope::payload_offset(bool has_ask, std::size_t alignment) noexcept {
  const std::size_t header = sizeof(Envelope) + (has_ask ? sizeof(AskPart) : 0);
  return (header + alignment - 1) / alignment * alignment;
}

static_assert(sizeof(Envelope) == 40 && sizeof(AskPart) == 24);

/// Header without a message, for kinds that need none.
[[nodiscard]] inline Envelope* make_signal(Kind kind, ActorId target, ActorId sender) {
  return new (pool_allocate(sizeof(Envelope)))
      Envelope{nullptr, nullptr, target, sender, kind, false, false, 0, sizeof(Envelope)};
}

/// Memory of an envelope whose message is being made.
struct FreeMemory {
  std::size_t size;
  void operator()(std::byte* memory) const noexcept { pool_free(memory, size); }
};
using EnvelopeMemory = std::unique_ptr<std::byte, FreeMemory>;

/// Of one that carries an M and has no asker.
template <class M>
inline constexpr std::size_t envelope_bytes =
    Envelope::payload_offset(false, alignof(M)) + sizeof(M);

/// In a block of envelope_bytes, which it takes over.
template <class M>
[[nodiscard]] Envelope* make_envelope_in(void* block, Kind kind, ActorId target, ActorId sender,
                                         M&& message) {
  using Message = std::remove_cvref_t<M>;
  static_assert(alignof(Message) <= block_step, "messages are aligned to 32 bytes at most");
  constexpr std::size_t offset = Envelope::payload_offset(false, alignof(Message));
  constexpr std::size_t size = envelope_bytes<Message>;
  EnvelopeMemory memory(static_cast<std::byte*>(block), {size});
  new (memory.get() + offset) Message(std::forward<M>(message));
  return new (memory.release())
      Envelope{nullptr, &message_type<Message>, target, sender, kind, false, false, 0, size};
}

template <class M>
[[nodiscard]] Envelope* make_envelope(Kind kind, ActorId target, ActorId sender, M&& message) {
  return make_envelope_in(pool_allocate(envelope_bytes<std::remove_cvref_t<M>>), kind, target,
                          sender, std::forward<M>(message));
}

template <class M>
[[nodiscard]] Envelope* make_envelope(Kind kind, ActorId target, ActorId sender, const AskPart& ask,
                                      M&& message) {
  using Message = std::remove_cvref_t<M>;
  static_assert(alignof(Message) <= block_step, "messages are aligned to 32 bytes at most");
  constexpr std::size_t offset = Envelope::payload_offset(true, alignof(Message));
  constexpr std::size_t size = offset + sizeof(Message);
  EnvelopeMemory memory(static_cast<std::byte*>(pool_allocate(size)), {size});
  new (memory.get() + offset) Message(std::forward<M>(message));
  new (memory.get() + sizeof(Envelope)) AskPart(ask);
  return new (memory.release())
      Envelope{nullptr, &message_type<Message>, target, sender, kind, true, false, 0, size};
}

/// Gives the memory back; the asker, if one still waits, hears nothing.
inline void free_envelope(Envelope* envelope) noexcept {
  if (envelope->type != nullptr && envelope->type->destroy != nullptr) {
    envelope->type->destroy(envelope->payload());
  }
  pool_free(envelope, envelope->size);
}

}  // namespace troupe::runtime
