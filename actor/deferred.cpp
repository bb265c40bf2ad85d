#include <troupe/actor/deferred.hpp>

#include <troupe/actor/runtime/thread_context.hpp>

namespace troupe::runtime {

void release_deferred(Envelope* kept) noexcept {
  settle_deferred(*kept);
  Envelope* request = this_thread.envelope;
  // A later request at the address of the first one, from the same sender and answered, is as good.
  if (request != nullptr && kept->awaits_answer() &&
      same_type(*kept->type, message_type<DeferredRequest>) &&
      kept->payload_as<DeferredRequest>().request == request && request->has_ask &&
      request->ask().token == 0 && request->sender == kept->sender) {
    std::swap(request->ask(), kept->ask());
    request->reserved &= static_cast<std::uint8_t>(~asker_given_away);
  }
  discard(kept);
}

void refuse_second_defer() {
  throw Failure(Error(ErrorCode::refused,
                      "defer() of a request that was deferred, forwarded or put aside before: a "
                      "request has one answer"));
}

}  // namespace troupe::runtime
