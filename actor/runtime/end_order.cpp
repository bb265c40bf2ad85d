#include <troupe/actor/runtime/end_order.hpp>

#include <troupe/actor/runtime/cell.hpp>
#include <troupe/actor/runtime/lanes.hpp>

namespace troupe::runtime {

void forget_drain(Cell& cell, ActorId id) noexcept {
  if (!cell.has_flag(flag_draining) || id_of(cell) != id) [[likely]]
    return;
  cell.flags.fetch_and(static_cast<std::uint16_t>(~flag_draining), std::memory_order_seq_cst);
}

void order_stop(Cell& cell, ActorId id) noexcept {
  forget_drain(cell, id);
  Envelope* order = make_signal(Kind::stop, id, 0);
  if (!deliver_system(&cell, order)) free_envelope(order);
}

void order_drain(Cell& cell, ActorId id) noexcept {
  if (id_of(cell) == id) {
    cell.flags.fetch_or(flag_draining, std::memory_order_seq_cst);
    // It may have ended meanwhile, and the cell be another's, that does not drain.
    if (cell.id.load(std::memory_order_seq_cst) != id) {
      cell.flags.fetch_and(static_cast<std::uint16_t>(~flag_draining), std::memory_order_seq_cst);
    }
  }
  Envelope* order = make_signal(Kind::drain, id, 0);
  if (!deliver_notice(&cell, order)) free_envelope(order);
}

}  // namespace troupe::runtime
