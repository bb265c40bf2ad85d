#include <troupe/actor/deferred.hpp>

#include <troupe/actor/runtime/decoding.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <troupe/actor/runtime/ticket.hpp>

namespace troupe::runtime {

void release_deferred(Envelope* kept) noexcept {
  settle_deferred(*kept);
  Envelope* request = this_thread.envelope;
  // A later request at the address of the first one, from the same sender and answered, is as good.
  if (request != nullptr && same_type(*kept->type, message_type<DeferredRequest>) &&
      kept->payload_as<DeferredRequest>().request == request && request->sender == kept->sender) {
    if (kept->awaits_answer() && request->has_ask && request->ask().token == 0) {
      std::swap(request->ask(), kept->ask());
      request->reserved &= static_cast<std::uint8_t>(~asker_given_away);
    }
  }
  discard(kept);
}

Envelope* defer_request(Cell& cell, Envelope& request) {
  const bool is_awaited = request.awaits_answer();
  if (!is_awaited && !has_ticket(request)) return nullptr;
  // Another message may answer it: what the actor waits for next keeps the asker from nothing.
  clear_wait_edge(request);
  const AskPart* const ask = is_awaited ? &request.ask() : nullptr;
  Envelope* const kept =
      make_from_sender_of(&request, request.target, ask, DeferredRequest{&request});
  kept->sender = request.sender;
  begin_to_owe(cell, kept->payload_as<DeferredRequest>().counted);
  if (is_awaited) request.ask().token = 0;
  request.reserved |= asker_given_away;
  return kept;
}

void note_answered(Envelope& kept) noexcept { settle_ticket(kept, Settled::handled); }

void refuse_second_defer() {
  throw Failure(Error(ErrorCode::refused,
                      "defer() of a request that was deferred, forwarded or put aside before: a "
                      "request has one answer"));
}

}  // namespace troupe::runtime
