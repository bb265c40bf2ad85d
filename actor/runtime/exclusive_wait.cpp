#include <troupe/actor/runtime/exclusive_wait.hpp>

#include <troupe/actor/ports/reply_sink.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/future_state.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <troupe/actor/runtime/wait_edge.hpp>
#include <troupe/actor/runtime/wait_graph.hpp>

namespace troupe::runtime {

std::optional<Error> begin_exclusive_wait(Cell& asker, ActorId target, std::uint64_t ask) {
  const Cell* cell = find_cell(target);
  // Another actor may have the cell of one that has ended, and owes nothing.
  if (cell == nullptr || id_of(*cell) != target) target = 0;
  asker.waits_for.store(wait_edge(target, ask), std::memory_order_seq_cst);
  if (target == 0) return std::nullopt;
  std::optional<Error> cycle = find_cycle(id_of(asker), target, wait_edge(target, ask));
  if (cycle) asker.waits_for.store(0, std::memory_order_relaxed);
  return cycle;
}

namespace {

std::optional<Error> begin_combined_wait(Cell& asker, FutureBase& future) {
  this_thread.core->combined_waits->begin(number_of(id_of(asker)), future);
  // Who moves a deferred request of a part's first names the new responder and then looks for the
  // edge; here the edge is stored first, and then the responders are read.
  asker.waits_for.store(combined_wait, std::memory_order_seq_cst);
  std::optional<Error> cycle = find_cycle_of_combined(id_of(asker));
  if (cycle) clear_wait(asker);
  return cycle;
}

}  // namespace

std::optional<Error> begin_exclusive_wait(Cell& asker, FutureBase& future) {
  if (&future.source() != &future || future.combined() != nullptr) {
    return begin_combined_wait(asker, future);
  }
  const ActorId self = id_of(asker);
  const std::uint64_t ask = future.edge_number();
  future.follow_responder();
  // Who moves the request first names the new responder and then looks for the edge to the old one;
  // here the edge is stored first, and then the responder is read again: one of the two sees the
  // other.
  while (true) {
    const ActorId responder = future.responder_of(self);
    std::optional<Error> cycle = begin_exclusive_wait(asker, responder, ask);
    if (future.responder_of(self) == responder) return cycle;
  }
}

std::optional<Error> pass_wait_on(Envelope& request, ActorId target) {
  if (!request.awaits_answer()) return std::nullopt;
  const ActorId asker = request.sender;
  const std::uint64_t ask = number_of(request.ask());
  if (ReplySink* sink = request.ask().sink) {
    sink->set_responder(request.target, target);
  } else {
    move_wait_edge(asker, ask, request.target, target);
  }
  const Cell* cell = find_cell(asker);
  if (target == 0 || cell == nullptr) return std::nullopt;
  const WaitEdge edge = cell->waits_for.load(std::memory_order_seq_cst);
  if (edge == combined_wait && request.ask().sink != nullptr) {
    return find_cycle(asker, target, edge);
  }
  if (edge != wait_edge(target, ask)) return std::nullopt;
  std::optional<Error> cycle = find_cycle(asker, target, edge);
  if (cycle) move_wait_edge(asker, ask, target, 0);
  return cycle;
}

void clear_wait(Cell& asker) noexcept {
  const WaitEdge edge = asker.waits_for.load(std::memory_order_relaxed);
  asker.waits_for.store(0, std::memory_order_relaxed);
  if (edge != combined_wait) return;
  this_thread.core->combined_waits->end(number_of(asker.id.load(std::memory_order_relaxed)));
}

}  // namespace troupe::runtime
