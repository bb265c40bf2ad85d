#include <troupe/actor/runtime/watching.hpp>

#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/lanes.hpp>
#include <troupe/actor/runtime/refusal.hpp>

namespace troupe::runtime {

void begin_watch(SystemCore& core, Cell& cell, const AnyRef& ref) {
  if (ref.is_remote()) {
    if (ref.remote()->watch(ref.remote_id(), id_of(cell))) return;
    if (const auto log = core.failure_log(LogLevel::error, id_of(cell))) {
      log->error("cannot watch {}: its link carries no watches", ref.path());
    }
    return;
  }
  Envelope* signal = make_signal(Kind::watch, ref.id(), id_of(cell));
  if (!deliver_system(ref.cell(), signal)) return_system_message(core, signal);
}

void end_watch(Cell& cell, const AnyRef& ref) noexcept {
  if (ref.is_remote()) return ref.remote()->unwatch(ref.remote_id(), id_of(cell));
  Envelope* signal = make_signal(Kind::unwatch, ref.id(), id_of(cell));
  if (!deliver_system(ref.cell(), signal)) free_envelope(signal);
}

void unwatch_all(Cell& cell) noexcept {
  if (cell.extras == nullptr) return;
  for (const AnyRef& ref : cell.extras->watching) end_watch(cell, ref);
  cell.extras->watching.clear();
  cell.extras->former_watches.clear();
}

void end_watches_of_instance(Cell& cell) {
  Extras& extras = extras_of(cell);
  if (extras.watching.empty()) return;
  for (const AnyRef& ref : extras.watching) end_watch(cell, ref);
  extras.former_watches.merge(extras.watching);
  extras.watching.clear();
  Envelope* mark = make_signal(Kind::end_of_watches, id_of(cell), 0);
  if (deliver_notice(&cell, mark)) {
    ++extras.ends_of_watches;
  } else {
    free_envelope(mark);
  }
}

void forget_former_watches(Cell& cell) noexcept {
  if (--cell.extras->ends_of_watches == 0) cell.extras->former_watches.clear();
}

}  // namespace troupe::runtime
