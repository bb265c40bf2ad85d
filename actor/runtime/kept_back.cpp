#include <troupe/actor/runtime/kept_back.hpp>

#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/lanes.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <utility>

namespace troupe::runtime {

void release_kept_back(Cell& cell) {
  for (Envelope* envelope : std::exchange(cell.extras->kept_back, {})) {
    if (!deliver_system(&cell, envelope)) free_envelope(envelope);
  }
}

void drop_kept_back(SystemCore& core, Cell& cell) noexcept {
  for (Envelope* envelope : std::exchange(cell.extras->kept_back, {})) {
    return_system_message(core, envelope);
  }
}

}  // namespace troupe::runtime
