#include <troupe/actor/runtime/reply.hpp>

#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/lanes.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/ticket.hpp>
#include <troupe/actor/runtime/wait_edge.hpp>

namespace troupe::runtime {

namespace {

/// What the asker of a request that this thread drops is told.
Error error_of_dropped(const Envelope& envelope) {
  const Cell* cell = this_thread.cell;
  if (cell != nullptr && cell->status == Status::stopping &&
      cell->id.load(std::memory_order_relaxed) == envelope.target) {
    return {ErrorCode::actor_stopped, path_of(*this_thread.core, envelope.target) + " has stopped"};
  }
  return {ErrorCode::cancelled, "the actor dropped the request without an answer"};
}

}  // namespace

void answer_with_error(Envelope* envelope, Error error) noexcept {
  if (!succeeds([&] { answer(envelope, std::move(error)); })) leave_unanswered(*envelope);
}

void answer_dropped(Envelope* envelope) noexcept {
  if (!succeeds([&] { answer(envelope, error_of_dropped(*envelope)); })) {
    leave_unanswered(*envelope);
  }
}

void leave_unanswered(Envelope& request) noexcept {
  if (!request.awaits_answer()) return;
  if (request.sender != 0) clear_wait_edge(request);
  request.ask().token = 0;
  if (ReplySink* sink = request.ask().sink) sink->release();
}

void discard(Envelope* envelope) noexcept {
  if (envelope->awaits_answer()) answer_dropped(envelope);
  settle_ticket(*envelope, outcome_of_dropped());
  free_envelope(envelope);
}

void send_reply(Envelope* request, Envelope* reply) noexcept {
  AskPart& ask = request->ask();
  if (request->sender != 0) clear_wait_edge(*request);
  const std::uint64_t token = std::exchange(ask.token, 0);
  if (ask.sink != nullptr) {
    ask.sink->complete(token, reply);
    ask.sink->release();
    return;
  }
  Cell* asker = find_cell(request->sender);
  if (deliver_system(asker, reply)) return;
  if (const SystemVisit core(asker->anchor.load(std::memory_order_relaxed)); core) {
    core->late_replies.value.fetch_add(1, std::memory_order_relaxed);
  }
  free_envelope(reply);
}

}  // namespace troupe::runtime
