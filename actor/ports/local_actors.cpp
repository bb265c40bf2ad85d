#include <troupe/actor/ports/local_actors.hpp>

#include <troupe/actor/ports/remote_nodes.hpp>
#include <troupe/actor/ports/scheduler.hpp>
#include <troupe/actor/runtime/awaited_end.hpp>
#include <troupe/actor/runtime/end_notice.hpp>
#include <troupe/actor/runtime/end_order.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <troupe/actor/runtime/selection.hpp>
#include <troupe/actor/runtime/signal_intake.hpp>
#include <troupe/actor/runtime/worker.hpp>
#include <troupe/base/hand_over.hpp>

namespace troupe::runtime {

bool LocalActors::deliver_notice(const AnyRef& actor, Envelope* notice) noexcept {
  if (runtime::deliver_notice(actor.cell(), notice)) return true;
  free_envelope(notice);
  return false;
}

void LocalActors::begin_shutdown() const {
  {
    const std::lock_guard lock(core_->guardian_mutex);
    core_->shutting_down.store(true, std::memory_order_relaxed);
  }
  order_stop(*core_->guardian, core_->guardian_id);
}

bool LocalActors::have_ended() const {
  const std::lock_guard lock(core_->end_mutex);
  return core_->guardian_ended;
}

AnyRef LocalActors::find_at(std::string_view path) const {
  Cell* const cell = find_actor(*core_, path);
  return cell != nullptr ? AnyRef(cell, cell->id.load(std::memory_order_relaxed)) : AnyRef();
}

void LocalActors::receive(RemoteTarget& from, RemoteSignal signal) const noexcept {
  receive_signal(*core_, from, std::move(signal));
}

void LocalActors::answer_for(RemoteTarget& node, RemoteSignal signal) const noexcept {
  runtime::answer_for(*core_, node, std::move(signal));
}

void LocalActors::node_lost(RemoteTarget& node) const noexcept { runtime::node_lost(*core_, node); }

void LocalActors::watch(const AnyRef& actor, const AnyRef& watcher) const {
  Envelope* const signal = make_remote_watch(Kind::watch, actor.id(), watcher);
  if (!deliver_system(actor.cell(), signal)) return_system_message(*core_, signal);
}

void LocalActors::unwatch(ActorId actor, const AnyRef& watcher) {
  Cell* const cell = find_cell(actor);
  if (cell == nullptr) return;
  Envelope* const signal = make_remote_watch(Kind::unwatch, actor, watcher);
  if (!deliver_system(cell, signal)) free_envelope(signal);
}

bool LocalActors::await_end(const AnyRef& actor, ReplySink& sink, std::uint64_t token) {
  sink.retain();
  return runtime::await_end(actor, {&sink, token, TimePoint::max()});
}

void LocalActors::tell_of_end(ActorId watcher, Terminated notice) noexcept {
  tell_watcher({find_cell(watcher), watcher}, std::move(notice));
}

void LocalActors::count_sent(std::uint64_t messages) const noexcept {
  runtime::count_sent(*core_, messages);
}

void LocalActors::add_dead_letter(DeadLetter letter) const noexcept {
  core_->add_dead_letter(std::move(letter));
}

void LocalActors::set_address(std::string address) const { core_->address = std::move(address); }

void LocalActors::set_nodes(RemoteNodes* nodes) const noexcept {
  shows(&core_->nodes);
  core_->nodes.store(nodes, std::memory_order_release);
}

void LocalActors::set_roster(Roster* roster) const noexcept {
  shows(&core_->roster);
  core_->roster.store(roster, std::memory_order_release);
}

void LocalActors::lend(std::shared_ptr<void> used) const { core_->lent.push_back(std::move(used)); }

void LocalActors::attach(EventSource& source) const noexcept { core_->scheduler->attach(source); }

}  // namespace troupe::runtime
