#include <troupe/actor/runtime/extras.hpp>

namespace troupe::runtime {

Extras& extras_of(Cell& cell) {
  if (cell.extras == nullptr) cell.extras = new Extras;
  return *cell.extras;
}

}  // namespace troupe::runtime
