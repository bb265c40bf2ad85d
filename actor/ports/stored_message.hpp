// StoredMessage: a message as it goes to storage, and as it comes back from there.
//
// Refs in it, and its sender, are stored by path: of an actor of this node, without the node's
// address, so that they are right in the node's next life as well. Where an actor, or one above it,
// has no name, nothing of it is stored, and a null ref comes back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <troupe/actor/ports/encoded_message.hpp>
#include <troupe/actor/ports/known_types.hpp>
#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/wire/writer.hpp>

namespace troupe::runtime {

class SystemAnchor;

/// What is stored of a message.
struct StorableMessage {
  std::uint64_t type_key = 0;
  std::uint64_t fingerprint = 0;  ///< Of its type's schema; 0 where the type is not known here.
  std::string type_name = {};
  std::string sender = {};             ///< Its path; empty for nobody.
  std::optional<TimePoint> ask_until;  ///< Until when its answer is waited for.
  wire::Writer payload;
};

/// Whether it is a message that an actor, which accepts these from others, has sent itself and does
/// not take from others: one of its Private ones, or what its pipe() brings. Such messages are not
/// stored: they belong to this life, as those of timers do. Any thread.
[[nodiscard]] bool is_private(TypeList accepted, Envelope& envelope) noexcept;

/// The message of an envelope of kind `user`, `encoded` or `ticketed`, to an actor of the system
/// with this anchor. The envelope is left as it is. Errors: `not_serialisable`, also for what the
/// type's codec throws; `shutdown`. Throws std::bad_alloc. Any thread.
[[nodiscard]] std::optional<ErrorCode> store(SystemAnchor* anchor, Envelope& envelope,
                                             StorableMessage& message);

/// The same of a message that is in no envelope, of a type that is not local; `sender` is the actor
/// of the system that sends it, or 0.
[[nodiscard]] std::optional<ErrorCode> store(SystemAnchor* anchor, ActorId sender,
                                             const MessageType& type, const void* payload,
                                             StorableMessage& message);

/// What is left of an envelope whose message goes to storage: who waits for the answer, and the
/// ticket that it had of another mailbox.
class MessageRemains {
 public:
  MessageRemains() = default;
  /// The envelope is left to be freed, without asker and ticket. Throws std::bad_alloc, and then
  /// they are still its own.
  explicit MessageRemains(Envelope& envelope);

  /// The message is on storage: its ticket is to be settled.
  [[nodiscard]] std::optional<Ticket> take_ticket() noexcept;
  /// It comes to nothing: whoever asked hears of it.
  void refuse(const Error& error) noexcept;
  [[nodiscard]] bool has_asker() const noexcept { return asker_ != nullptr; }
  /// Nobody waits for the answer any more.
  [[nodiscard]] bool is_expired(TimePoint now) const noexcept;

 private:
  friend Envelope* make_stored(ActorId target, const EncodedMessage& message,
                               MessageRemains remains, const Ticket& ticket);
  EnvelopePtr asker_;
  std::optional<Ticket> ticket_;
};

/// The envelope of kind `stored` for a message that comes back, with a copy of its bytes, its
/// origin and its sender; counted as sent. Throws std::bad_alloc. In the turn of its target.
[[nodiscard]] Envelope* make_stored(ActorId target, const EncodedMessage& message,
                                    MessageRemains remains, const Ticket& ticket);

/// Completes the future of a send, and lets go of the reference. Any thread.
void complete_send(FutureBase* done, std::optional<Error> error) noexcept;

/// What reads the refs in stored messages, and looks up their senders, in their actors' turns.
[[nodiscard]] MessageOrigin& origin_of_stored() noexcept;
/// Who is at the stored path now; all 0 for nobody. In an actor's turn.
[[nodiscard]] wire::RefParts find_stored_sender(std::string_view path) noexcept;

}  // namespace troupe::runtime
