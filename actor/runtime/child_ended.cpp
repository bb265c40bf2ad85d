#include <troupe/actor/runtime/child_ended.hpp>

#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/children.hpp>
#include <troupe/actor/runtime/ending.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/intermediary.hpp>
#include <troupe/actor/runtime/restart.hpp>

namespace troupe::runtime {
namespace {

void unlink_child(Cell& parent, Cell& child) noexcept {
  Cell* const next = cell_of_number(child.next_sibling);
  if (child.previous_sibling != 0) {
    cell_of_number(child.previous_sibling)->next_sibling = child.next_sibling;
  } else {
    parent.youngest_child = next;
  }
  if (next != nullptr) next->previous_sibling = child.previous_sibling;
}

}  // namespace

void child_ended(SystemCore& core, Cell& cell, ActorId child_id, StopReason reason) {
  Cell* child = find_cell(child_id);
  bool last = false;
  {
    const auto lock = lock_children(core, cell);
    unlink_child(cell, *child);
    last = cell.youngest_child == nullptr;
  }
  if (cell.extras != nullptr) {
    cell.extras->child_records.erase(child_id);
    cell.extras->group_decisions.erase(child_id);
  }
  if (Intermediary* actor = intermediary_of(cell)) actor->child_ended(child_id, reason);
  free_cell(child);
  if (!last) return;
  if (cell.status == Status::stopping) return end_alone(core, cell);
  if (cell.status == Status::restarting) finish_restart(core, cell);
}

}  // namespace troupe::runtime
