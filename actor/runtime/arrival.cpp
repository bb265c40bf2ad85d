#include <troupe/actor/runtime/arrival.hpp>

#include <troupe/actor/ports/want_of_memory.hpp>

namespace troupe::runtime {

Push push_timed(const Clock& clock, Cell& cell, Envelope* envelope) noexcept {
  Envelope* note = nullptr;
  const bool noted = succeeds([&] {
    note = make_envelope(Kind::arrived, envelope->target, 0, Arrival{envelope, clock.now()});
  });
  if (!noted) return cell.push(envelope);
  const Push pushed = cell.push_both(note, envelope);
  if (pushed == Push::closed) free_envelope(note);
  return pushed;
}

}  // namespace troupe::runtime
