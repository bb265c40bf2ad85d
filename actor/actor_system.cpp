#include <troupe/actor/actor_system.hpp>

#include <algorithm>
#include <troupe/actor/ports/durable_mailboxes.hpp>
#include <troupe/actor/ports/inquiry.hpp>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/actor/ports/scheduler.hpp>
#include <troupe/actor/ports/shutdown_gate.hpp>
#include <troupe/actor/runtime/awaited_end.hpp>
#include <troupe/actor/runtime/blocking_pool.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/children.hpp>
#include <troupe/actor/runtime/continuation_threads.hpp>
#include <troupe/actor/runtime/depth.hpp>
#include <troupe/actor/runtime/due.hpp>
#include <troupe/actor/runtime/end_order.hpp>
#include <troupe/actor/runtime/ending.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <troupe/actor/runtime/scheduler_threaded.hpp>
#include <troupe/actor/runtime/selection.hpp>
#include <unordered_set>
#include <utility>

namespace troupe {

using runtime::Cell;
using runtime::SystemCore;

namespace {

/// The guardian handles no messages of users; it is only a parent.
bool receive_nothing(Cell& /*cell*/, runtime::Envelope* /*envelope*/) { return false; }

constexpr runtime::ActorClass guardian_class = {
    .name = "troupe::Guardian",
    .receive = &receive_nothing,
    .type_with_key = nullptr,
    .on_terminated = nullptr,
    .construct = nullptr,
    .destroy = nullptr,
    .block_of = nullptr,
    .free_block = nullptr,
    .on_start = nullptr,
    .keeps_message = false,
};

void make_guardian(SystemCore& core) {
  Cell* cell = runtime::allocate_cell();
  TROUPE_CHECK(cell != nullptr, "the process has no room for another actor");
  core.guardian = cell;
  core.guardian_id = runtime::id_of(*cell);
  static_cast<void>(core.names.reserve(0, "user", core.guardian_id));
  cell->anchor.store(core.anchor, std::memory_order_relaxed);
  cell->parent.store(nullptr, std::memory_order_relaxed);
  cell->flags.store(runtime::flag_named, std::memory_order_relaxed);
  cell->status = runtime::Status::running;
  cell->fresh = cell->blocked = cell->has_interceptors = false;
  cell->actor_class = &guardian_class;
  cell->instance = nullptr;
  cell->youngest_child = nullptr;
  cell->system.store(Cell::empty, std::memory_order_relaxed);
  cell->inbox.store(Cell::idle, std::memory_order_release);
}

/// So many of the actors that hold a shutdown up are named in its line.
constexpr std::size_t named_max = 10;

/// How long, after the deadline of a shutdown, those are waited for who hear that their asks ended.
constexpr Duration last_words_max = std::chrono::milliseconds(100);

/// Waits for the guardian's end; false at the deadline.
bool wait_for_guardian(SystemCore& core, TimePoint deadline) {
  const auto all_ended = [&] {
    const std::lock_guard lock(core.end_mutex);
    return core.guardian_ended;
  };
  if (core.scheduler->drive(all_ended, deadline)) return true;
  if (core.scheduler->runs_only_when_driven()) return false;
  std::unique_lock lock(core.end_mutex);
  return core.ended.wait_for(lock, waitable(deadline - core.clock().now()),
                             [&] { return core.guardian_ended; });
}

/// The actors that have not ended, those that are inside a handler first.
std::vector<std::string> list_unfinished(SystemCore& core) {
  std::vector<std::string> paths;
  std::unordered_set<runtime::ActorId> listed;
  const auto list = [&](runtime::ActorId id) {
    if (listed.insert(id).second) paths.push_back(runtime::path_of(core, id));
  };
  for (const auto* scheduler : {core.scheduler.get(), core.blocking.get()}) {
    if (scheduler == nullptr) continue;
    for (const runtime::ActorId id : scheduler->running()) list(id);
  }
  const std::lock_guard lock(core.guardian_mutex);
  runtime::for_each_child(*core.guardian, [&](Cell& child) { list(runtime::id_of(child)); });
  return paths;
}

void log_unfinished(SystemCore& core, const std::vector<std::string>& paths) {
  std::string names;
  for (std::size_t i = 0; i < std::min(paths.size(), named_max); ++i) {
    names += (i == 0 ? "" : ", ") + paths[i];
  }
  if (paths.size() > named_max) {
    names += " and " + std::to_string(paths.size() - named_max) + " more";
  }
  core.log(core.name).error("shutdown: {} has not ended in time", names);
}

/// The deadline has passed: nothing is handled any more, and whoever waits for room hears of it.
void refuse_all_that_waits(SystemCore& core) {
  core.past_deadline.store(true, std::memory_order_seq_cst);
  for (const runtime::ActorId id : core.queued_actors.all()) {
    Cell* cell = runtime::find_cell(id);
    runtime::QueuedMailbox* mailbox = cell->queued.load(std::memory_order_acquire);
    if (mailbox == nullptr) continue;
    for (runtime::Envelope* envelope : mailbox->close_for(id)) {
      runtime::refuse(cell, envelope, ErrorCode::shutdown);
    }
  }
}

/// May be called again, where it threw.
ShutdownReport end_actors_and_threads(SystemCore& core, TimePoint deadline) {
  runtime::LocalActors(core).begin_shutdown();
  ShutdownReport report;
  const bool complete = wait_for_guardian(core, deadline);
  if (!complete) report.unfinished = list_unfinished(core);
  if (!complete) {
    refuse_all_that_waits(core);
    log_unfinished(core, report.unfinished);
  }
  if (core.blocking != nullptr) core.blocking->stop(deadline);
  core.scheduler->stop(deadline);
  // What is owed outside of the system's actors, or by those that held it up, comes too late.
  runtime::abandon(core.timers, runtime::system_has_ended());
  if (core.continuations != nullptr) {
    const TimePoint last_words = later(core.clock().now(), last_words_max);
    report.continuations_held = core.continuations->close(std::max(deadline, last_words));
  }
  if (core.settings.mailboxes != nullptr && !core.scheduler->runs_only_when_driven()) {
    core.settings.mailboxes->flush(deadline - core.clock().now());
  }
  if (!complete) core.users_code_has_ended.store(true, std::memory_order_relaxed);
  if (complete && !std::exchange(core.guardian_is_free, true)) runtime::free_cell(core.guardian);
  if (report.continuations_held != 0) {
    core.log(core.name).error(
        "shutdown: {} functions given to then() were held; those that had not begun never do",
        report.continuations_held);
  }
  core.log_unlogged();
  return report;
}

}  // namespace

Result<void> SystemSettings::validate() const {
  if (workers > 1024)
    return bad_setting("workers is " + std::to_string(workers) + "; at most 1024");
  if (blocking_threads_max == 0 || blocking_threads_max > 4096) {
    return bad_setting("blocking_threads_max is " + std::to_string(blocking_threads_max) +
                       "; it must be from 1 to 4096");
  }
  if (continuation_threads_max == 0 || continuation_threads_max > 4096) {
    return bad_setting("continuation_threads_max is " + std::to_string(continuation_threads_max) +
                       "; it must be from 1 to 4096");
  }
  if (recoveries_max == 0) return bad_setting("recoveries_max must be at least 1");
  if (slow_handler <= Duration::zero()) return bad_setting("slow_handler must be positive");
  if (shutdown_timeout <= Duration::zero()) return bad_setting("shutdown_timeout must be positive");
  return {};
}

ActorSystem::ActorSystem(std::string name, SystemSettings settings, Platform platform)
    : ActorSystem(std::move(name), std::move(settings), std::move(platform), nullptr) {}

ActorSystem::ActorSystem(std::string name, SystemSettings settings, Platform platform,
                         const MakeScheduler& make_scheduler) {
  settings.validate().value();
  core_ = std::make_shared<SystemCore>(std::move(name), std::move(settings), std::move(platform));
  make_guardian(*core_);
  if (make_scheduler) {
    core_->scheduler = make_scheduler(*core_);
    core_->anchor->open(core_.get());
    return;
  }
  auto scheduler = std::make_unique<runtime::ThreadedScheduler>(*core_, core_->settings.workers);
  runtime::ThreadedScheduler& threads = *scheduler;
  core_->scheduler = std::move(scheduler);
  core_->blocking =
      std::make_unique<runtime::BlockingPool>(*core_, core_->settings.blocking_threads_max);
  core_->continuations = std::make_unique<runtime::ContinuationThreads>(
      *core_, core_->settings.continuation_threads_max);
  core_->anchor->open(core_.get());
  threads.start();
}

ActorSystem::~ActorSystem() {
  if (core_ != nullptr) static_cast<void>(shutdown());
}

const std::string& ActorSystem::name() const noexcept { return core_->name; }
runtime::Cell& ActorSystem::guardian() const noexcept { return *core_->guardian; }

EventStream& ActorSystem::events() noexcept { return core_->events; }
const DeadLetters& ActorSystem::dead_letters() const noexcept { return core_->dead_letters; }

void ActorSystem::stop(AnyRef ref) noexcept { Context(*core_->guardian).stop(ref); }
void ActorSystem::drain(AnyRef ref) noexcept { Context(*core_->guardian).drain(ref); }
void ActorSystem::kill(AnyRef ref) noexcept { Context(*core_->guardian).kill(ref); }
Future<void> ActorSystem::stopped(AnyRef ref) { return runtime::when_stopped(ref); }

AnyRef ActorSystem::find_any(std::string_view path) const { return try_find_any(path).value(); }
Result<AnyRef> ActorSystem::try_find_any(std::string_view path) const {
  return runtime::find_path(*core_, path);
}
Result<AnyRef> ActorSystem::try_select_any(std::string_view path) const {
  return runtime::select_path(*core_, path);
}
Result<std::vector<AnyRef>> ActorSystem::try_select_any(std::string_view path,
                                                        const EachNode& nodes) const {
  return runtime::select_path(*core_, path, nodes);
}
Result<AnyRef> ActorSystem::try_select_any(std::string_view path, const OneNode& node) const {
  return runtime::select_path(*core_, path, node);
}

Future<MailboxDepth> ActorSystem::depth_of(AnyRef ref, Duration timeout) const {
  return runtime::ask_depth(ref, timeout);
}

SystemCounts ActorSystem::counts() const {
  const runtime::SchedulerCounts of_workers = core_->scheduler->counts();
  return {
      .sent = of_workers.sent + core_->sent.sum(),
      .handled = of_workers.handled + core_->handled.value.load(std::memory_order_relaxed),
      .dropped = core_->dead_letters.total(),
      .stored = core_->stored.value.load(std::memory_order_relaxed),
      .late_replies = core_->late_replies.value.load(std::memory_order_relaxed),
      .continuations_waited = core_->continuations == nullptr ? 0 : core_->continuations->waited()};
}

ShutdownReport ActorSystem::shutdown() {
  return shutdown_by(deadline_after(core_->clock(), core_->settings.shutdown_timeout));
}

ShutdownReport ActorSystem::shutdown_by(TimePoint deadline) {
  // One in the past is now, so that no difference to it overflows.
  deadline = std::max(deadline, core_->clock().now());
  return core_->shutdown_gate->pass(*core_, deadline,
                                    [&] { return end_actors_and_threads(*core_, deadline); });
}

}  // namespace troupe
