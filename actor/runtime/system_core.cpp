#include <troupe/actor/runtime/system_core.hpp>

#include <charconv>
#include <troupe/actor/ports/shutdown_gate.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/continuation_threads.hpp>
#include <troupe/actor/runtime/ending.hpp>
#include <troupe/actor/runtime/future_state.hpp>
#include <troupe/actor/runtime/remote_guardian.hpp>
#include <troupe/actor/runtime/turn.hpp>
#include <troupe/actor/runtime/wait_graph.hpp>
#include <vector>

namespace troupe::runtime {
namespace {

constexpr int hexadecimal = 16;

/// The name of an actor that was given none.
std::string unnamed(ActorId id) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, id, hexadecimal).ptr;
  return "$" + std::string(digits, end);
}

/// The reverse of unnamed(); 0 for what it would not write.
ActorId id_in_name(std::string_view name) {
  ActorId id = 0;
  std::from_chars(name.data() + 1, name.data() + name.size(), id, hexadecimal);
  return name == unnamed(id) ? id : 0;
}

/// Runs the turn of an actor that has system messages; false for one that has none.
bool run_if_ordered(SystemCore& core, Cell& cell) {
  if (!cell.has_system_messages()) return false;
  // An actor that was idle is claimed, as by whoever would schedule it.
  static_cast<void>(cell.wake_if_idle());
  static_cast<void>(run_turn(core, cell));
  return true;
}

/// Goes through the family once, without recursion, as it may be deep: each actor has a turn before
/// its children, in which it orders them to stop, and one after them, in which it hears of their
/// ends. A child's cell is its own until that second turn. False when there was nothing to do.
bool run_family(SystemCore& core) {
  bool has_run = false;
  Cell* cell = core.guardian;
  bool is_back = false;  // From its children.
  while (true) {
    if (run_if_ordered(core, *cell)) has_run = true;
    if (!is_back && cell->youngest_child != nullptr) {
      cell = cell->youngest_child;
      continue;
    }
    if (cell == core.guardian) return has_run;
    is_back = cell->next_sibling == nullptr;
    cell = is_back ? cell->parent.load(std::memory_order_relaxed) : cell->next_sibling;
  }
}

/// After a shutdown that was held up: the last handler has returned and its thread leaves, and with
/// it nobody else runs actors any more. What their parents and children had still to tell each
/// other takes its course here, so that each ends as it would have in time.
void end_those_held_up(SystemCore& core) {
  core.ends_the_rest = true;
  while (!core.guardian_ended && run_family(core)) {
  }
}

}  // namespace

void BoundedActors::add(ActorId id) {
  const std::lock_guard lock(mutex_);
  ids_.insert(id);
}

void BoundedActors::remove(ActorId id) noexcept {
  const std::lock_guard lock(mutex_);
  ids_.erase(id);
}

std::vector<ActorId> BoundedActors::all() const {
  const std::lock_guard lock(mutex_);
  return {ids_.begin(), ids_.end()};
}

SystemCore::SystemCore(std::string system_name, SystemSettings system_settings,
                       Platform system_platform)
    : name(std::move(system_name)),
      settings(std::move(system_settings)),
      platform(std::move(system_platform)),
      anchor(SystemAnchor::allocate()),
      dead_letters(settings.dead_letters_max),
      shutdown_gate(std::make_unique<ShutdownGate>()),
      combined_waits(std::make_unique<CombinedWaits>()) {}

SystemCore::~SystemCore() {
  if (guardian != nullptr && !guardian_ended) {
    end_those_held_up(*this);
    if (guardian_ended) {
      free_cell(guardian);
    } else {
      close_mailbox(*this, *guardian);
      close_lanes(*this, *guardian);
    }
  }
  anchor->close();
  // An ask that was begun and not sent yet has a timer here, and must not take the next system with
  // this anchor for its own.
  timers.abandon(system_has_ended());
  if (guardian_ended) {
    SystemAnchor::free(anchor);
    lent.clear();
  } else {
    SystemAnchor::retire(anchor, std::move(lent));
  }
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

Cell* find_actor(const SystemCore& core, std::string_view path) {
  Cell* cell = nullptr;
  if (path.starts_with("/user")) {
    path.remove_prefix(5);
    cell = core.guardian;
  } else if (path.starts_with(remote_guardian_path)) {
    path.remove_prefix(remote_guardian_path.size());
    cell = find_remote_guardian(core);
  }
  if (cell == nullptr) return nullptr;
  while (!path.empty()) {
    if (path.front() != '/') return nullptr;
    path.remove_prefix(1);
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(name.size());
    if (name.empty()) return nullptr;
    const ActorId parent = cell->id.load(std::memory_order_relaxed);
    const ActorId id =
        name.front() == '$' ? id_in_name(name) : core.names.find(parent, name).value_or(0);
    Cell* child = find_cell(id);
    if (child == nullptr || child->id.load(std::memory_order_relaxed) != id ||
        child->parent.load(std::memory_order_relaxed) != cell ||
        child->inbox.load(std::memory_order_relaxed) == Cell::closed) {
      return nullptr;
    }
    cell = child;
  }
  return cell;
}

}  // namespace troupe::runtime
