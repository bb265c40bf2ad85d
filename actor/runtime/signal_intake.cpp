#include <troupe/actor/runtime/signal_intake.hpp>

#include <troupe/actor/actor_ref.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/end_order.hpp>
#include <troupe/actor/runtime/intermediary.hpp>
#include <troupe/actor/runtime/remote_guardian.hpp>
#include <troupe/actor/runtime/selection.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {
namespace {

/// The cell of an actor of this system, which may have ended since; null for any other id.
Cell* find_own(const SystemCore& core, ActorId id) noexcept {
  Cell* cell = find_cell(id);
  const bool own = cell != nullptr && cell->anchor.load(std::memory_order_relaxed) == core.anchor;
  return own ? cell : nullptr;
}

void deliver_or_free(Cell& cell, Envelope* envelope) noexcept {
  if (!deliver_system(&cell, envelope)) free_envelope(envelope);
}

/// To the proxy of that id; nothing for one that has ended.
void tell_remote_child_proxy(const SystemCore& core, RemoteTarget& from, ActorId id,
                             RemoteSignal signal, bool is_own_word = false) {
  Cell* cell = find_own(core, id);
  if (cell != nullptr) {
    Envelope* event = make_envelope(Kind::remote_event, id, 0,
                                    RemoteEvent{&from, std::move(signal), is_own_word});
    if (deliver_system(cell, event)) return;
    free_envelope(event);
  }
  if (!is_own_word) from.passed_over("an answer for a parent that is not here");
}

void carry_out(const SystemCore& core, RemoteTarget& from, OrderEnd order) {
  Cell* cell = order.actor != 0 ? find_own(core, order.actor) : find_actor(core, order.path);
  // The runtime's own actors do not take orders from other nodes.
  if (cell == nullptr) return from.passed_over("an order to end an actor that is not here");
  if (cell == core.guardian || cell == find_remote_guardian(core)) {
    return from.passed_over("an order to end an actor of the runtime's own");
  }
  order_end(*cell, order.actor != 0 ? order.actor : id_of(*cell), order.how);
}

void carry_out(const SystemCore& core, RemoteTarget& from, SpawnChild order) {
  Cell* guardian = find_remote_guardian(core);
  if (guardian == nullptr) {
    const auto refusal = core.offers.find(order.offer);
    Error error = refusal.ok() ? Error(ErrorCode::shutdown, "the node takes no children any more",
                                       Execution::not_executed)
                               : refusal.error();
    return from.signal(ChildNotPlaced{order.parent, std::move(error)});
  }
  const ActorId parent = order.parent;
  Envelope* event =
      make_envelope(Kind::remote_event, id_of(*guardian), 0, RemoteEvent{&from, std::move(order)});
  if (deliver_system(guardian, event)) return;
  free_envelope(event);
  from.signal(ChildNotPlaced{
      parent, Error(ErrorCode::shutdown, "the node is shutting down", Execution::not_executed)});
}

/// The remote guardian knows whose child it is.
void carry_out(const SystemCore& core, RemoteTarget& from, SuperviseChild order) {
  Cell* guardian = find_remote_guardian(core);
  if (guardian == nullptr) return from.passed_over("a decision about a child that is not here");
  deliver_or_free(*guardian, make_envelope(Kind::remote_event, id_of(*guardian), 0,
                                           RemoteEvent{&from, std::move(order)}));
}

/// ChildPlaced, ChildNotPlaced, RemoteChildFailed or ChildEnded.
template <class ToProxy>
void carry_out(const SystemCore& core, RemoteTarget& from, ToProxy signal) {
  const ActorId proxy = signal.parent;
  tell_remote_child_proxy(core, from, proxy, std::move(signal));
}

}  // namespace

void order_end(Cell& cell, ActorId id, OrderEnd::How how) noexcept {
  switch (how) {
    case OrderEnd::How::stop: return order_stop(cell, id);
    case OrderEnd::How::kill:
      forget_drain(cell, id);
      return deliver_or_free(cell, make_signal(Kind::stop, id, 1));
    case OrderEnd::How::drain: return order_drain(cell, id);
  }
}

void receive_signal(SystemCore& core, RemoteTarget& from, RemoteSignal signal) noexcept {
  std::visit([&](auto& order) { carry_out(core, from, std::move(order)); }, signal);
}

void answer_for(SystemCore& core, RemoteTarget& node, RemoteSignal signal) noexcept {
  const auto* ended = std::get_if<ChildEnded>(&signal);
  const auto* not_placed = std::get_if<ChildNotPlaced>(&signal);
  TROUPE_CHECK(ended != nullptr || not_placed != nullptr, "answer with a signal for a proxy");
  const ActorId proxy = ended != nullptr ? ended->parent : not_placed->parent;
  tell_remote_child_proxy(core, node, proxy, std::move(signal), true);
}

void node_lost(SystemCore& core, RemoteTarget& node) noexcept {
  Cell* guardian = find_remote_guardian(core);
  if (guardian == nullptr) return;
  deliver_or_free(*guardian, make_envelope(Kind::remote_event, id_of(*guardian), 0,
                                           RemoteEvent{&node, std::nullopt}));
}

}  // namespace troupe::runtime
