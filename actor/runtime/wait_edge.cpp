#include <troupe/actor/runtime/wait_edge.hpp>

#include <troupe/actor/ports/reply_sink.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>

namespace troupe::runtime {

bool move_wait_edge(ActorId asker, std::uint64_t ask, ActorId before, ActorId now) noexcept {
  WaitEdge edge = wait_edge(before, ask);
  return find_cell(asker)->waits_for.compare_exchange_strong(edge, wait_edge(now, ask),
                                                             std::memory_order_seq_cst);
}

void clear_wait_edge(Envelope& request) noexcept {
  if (!request.awaits_answer()) return;
  if (ReplySink* sink = request.ask().sink) return sink->set_responder(request.target, 0);
  move_wait_edge(request.sender, request.ask().token, request.target, 0);
}

}  // namespace troupe::runtime
