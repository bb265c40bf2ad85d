#include <troupe/actor/runtime/extras.hpp>

namespace troupe::runtime {

Extras& extras_of(Cell& cell) {
  if (cell.extras == nullptr) cell.extras = new Extras;
  return *cell.extras;
}

void ActorTimers::due(DueList& due_list) noexcept {
  due_list.push_back({.cell = &cell_, .id = id_});
}

}  // namespace troupe::runtime
