#include <troupe/actor/runtime/system_core.hpp>

#include <troupe/actor/ports/scheduler.hpp>
#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <vector>

namespace troupe::runtime {

void QueuedActors::add(ActorId id) {
  const std::lock_guard lock(mutex_);
  ids_.insert(id);
}

void QueuedActors::remove(ActorId id) noexcept {
  const std::lock_guard lock(mutex_);
  ids_.erase(id);
}

std::vector<ActorId> QueuedActors::all() const {
  const std::lock_guard lock(mutex_);
  return {ids_.begin(), ids_.end()};
}

void SystemCore::guardian_has_ended() noexcept {
  const std::lock_guard lock(end_mutex);
  guardian_ended = true;
  ended.notify_all();
}

void SystemCore::add_dead_letter(DeadLetter letter) noexcept {
  // Where there is no memory for them, others do not hear of it; it is counted nevertheless.
  static_cast<void>(succeeds([&] {
    // A letter about a letter would come back without end to a subscriber that cannot take it.
    const bool of_letter = letter.type == message_type<DeadLetter>.name;
    if (!of_letter && events.has_subscribers<DeadLetter>()) events.publish(letter);
    log_dead_letter(letter);
  }));
  dead_letters.add(std::move(letter));
}

void SystemCore::log_unlogged() {
  tell_unlogged_letters(letter_lines_.take_suppressed());
  tell_unlogged_failures(failure_lines_.take_suppressed());
}

void SystemCore::tell_unlogged_letters(std::uint64_t letters) const {
  if (letters != 0) log(name).info("{} more dead letters were not logged", letters);
}

void SystemCore::tell_unlogged_failures(std::uint64_t failures) const {
  if (failures != 0) log(name).warn("{} more failures of actors were not logged", failures);
}

void SystemCore::tell_of_clashes() {
  for (const std::string_view type : types.take_clashes()) {
    log(name).error(
        "two different message types are called {}, as those in the unnamed namespaces of two "
        "files "
        "may be: other nodes take one for the other and refuse it; give one of them a wire_name",
        type);
  }
}

std::optional<Logger> SystemCore::failure_log(LogLevel level, ActorId id) {
  if (platform.log->level() > level) return std::nullopt;
  const SharedLogLimiter::Verdict verdict = failure_lines_.ask(clock().coarse_now());
  tell_unlogged_failures(verdict.suppressed);
  if (!verdict.admitted) return std::nullopt;
  return log(path_of(*this, id));
}

void SystemCore::log_dead_letter(const DeadLetter& letter) {
  if (platform.log->level() > LogLevel::info) return;
  const SharedLogLimiter::Verdict verdict = letter_lines_.ask(clock().coarse_now());
  tell_unlogged_letters(verdict.suppressed);
  if (!verdict.admitted) return;
  log(name).info("dead letter: {} for {} from {}: {}", letter.type, letter.target,
                 letter.sender.empty() ? "outside" : letter.sender, letter.reason);
}

const Scheduler& scheduler_of(const SystemCore& core) noexcept { return *core.scheduler; }

std::string path_of(const SystemCore& core, ActorId id) {
  std::vector<std::string> names;  // The actor's own first.
  while (true) {
    const bool is_top =
        id == core.guardian_id || id == core.remote_guardian_id.load(std::memory_order_relaxed);
    if (auto ended = core.names.remembered(id)) {
      names.push_back(std::move(ended->name));
      id = ended->parent;
      if (is_top) break;
      continue;
    }
    const Cell* cell = find_cell(id);
    if (cell == nullptr) {
      names.emplace_back("unknown");
      break;
    }
    const Cell* parent = cell->parent.load(std::memory_order_relaxed);
    names.push_back(core.names.name_of(id).value_or(unnamed(id)));
    if (is_top || parent == nullptr || cell->id.load(std::memory_order_relaxed) != id) {
      break;
    }
    id = parent->id.load(std::memory_order_relaxed);
  }
  std::string path;
  for (auto name = names.rbegin(); name != names.rend(); ++name) path.append("/").append(*name);
  return path;
}

}  // namespace troupe::runtime
