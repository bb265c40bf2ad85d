#include <troupe/actor/runtime/depth.hpp>

#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/actor/runtime/decoding.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/thread_context.hpp>

namespace troupe::runtime {
namespace {

/// What a user would call a message.
bool is_message(const Envelope& envelope) noexcept {
  return was_sent(envelope.kind) || envelope.kind == Kind::terminated ||
         envelope.kind == Kind::timer || envelope.kind == Kind::notice;
}

/// But for the one that is being handled where it lies.
std::size_t count_messages(Envelope* list) noexcept {
  std::size_t count = 0;
  for (Envelope* one = list; one != nullptr; one = one->next) {
    if (one != this_thread.envelope && is_message(*one)) count += messages_in(*one);
  }
  return count;
}

}  // namespace

MailboxDepth depth_of(const Cell& cell) {
  MailboxDepth depth;
  depth.queued = count_messages(cell.batch);
  // Senders push on top of it meanwhile; only this turn takes anything out.
  const std::uintptr_t newest = cell.inbox.load(std::memory_order_acquire);
  sees(&cell.inbox);
  if (newest > Cell::parked) depth.queued += count_messages(reinterpret_cast<Envelope*>(newest));
  if (const QueuedMailbox* mailbox = cell.queued.load(std::memory_order_acquire)) {
    depth.queued += mailbox->count(&is_message);
    depth.waiting = mailbox->waiting();
  }
  if (cell.extras != nullptr) depth.stashed = cell.extras->stash.size();
  return depth;
}

}  // namespace troupe::runtime
