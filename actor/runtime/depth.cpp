#include <troupe/actor/runtime/depth.hpp>

#include <troupe/actor/runtime/bounded_queue.hpp>
#include <troupe/actor/runtime/decoding.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/thread_context.hpp>

namespace troupe::runtime {
namespace {

/// What a user would call a message.
bool is_message(const Envelope& envelope) noexcept {
  return envelope.kind == Kind::user || envelope.kind == Kind::encoded ||
         envelope.kind == Kind::terminated || envelope.kind == Kind::timer;
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
  if (const BoundedQueue* queue = cell.bounded.load(std::memory_order_acquire)) {
    depth.queued += queue->count(&is_message);
    depth.waiting = queue->waiting();
  }
  if (cell.extras != nullptr) depth.stashed = cell.extras->stash.size();
  return depth;
}

Future<MailboxDepth> ask_depth(const AnyRef& ref, Duration timeout) {
  using Depth = Future<MailboxDepth>;
  if (timeout < Duration::zero()) return Depth::ready(negative_timeout(timeout));
  if (!ref || ref.is_remote()) {
    return Depth::ready(Error(ErrorCode::no_such_actor,
                              ref ? ref.path() + " is on another node, where it has to be asked"
                                  : "a null ref has no mailbox",
                              Execution::not_executed));
  }
  Depth depth = Depth::for_ask(ref.target(), ref.id(), timeout);
  // The answer does not wait for what the actor waits for itself.
  depth.state()->set_responder(ref.id(), 0);
  constexpr std::size_t size = sizeof(Envelope) + sizeof(AskPart);
  auto* order = new (pool_allocate(size))
      Envelope{nullptr, nullptr, ref.id(), 0, Kind::tell_depth, true, false, 0, size};
  new (order + 1) AskPart(depth.ask_part());
  if (deliver_system(ref.cell(), order)) return depth;
  answer_with_error(
      order, Error(ErrorCode::actor_stopped, ref.path() + " has ended", Execution::not_executed));
  free_envelope(order);
  return depth;
}

}  // namespace troupe::runtime
