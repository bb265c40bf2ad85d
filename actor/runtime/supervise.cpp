// Supervise: a parent decides about a child that has failed, in its own turn.
#include <troupe/actor/runtime/supervise.hpp>

#include <troupe/actor/actor_base.hpp>
#include <troupe/actor/ports/supervision_decision.hpp>
#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/children.hpp>
#include <troupe/actor/runtime/hooks.hpp>
#include <troupe/actor/runtime/intermediary.hpp>
#include <troupe/actor/runtime/lanes.hpp>
#include <troupe/actor/runtime/worker.hpp>

namespace troupe::runtime {
namespace {

void decide(Cell& child, const SupervisionDecision& decision, std::uint64_t number = 0) {
  Envelope* order = make_envelope(Kind::directive, id_of(child), number, decision);
  if (!deliver_system(&child, order)) free_envelope(order);
}

/// Children are linked youngest first, so those that were spawned after a child stand before it.
void decide_all(Cell& parent, const Cell& failed, SupervisionScope scope,
                const SupervisionDecision& decision) {
  Extras& extras = extras_of(parent);
  const std::uint64_t number = ++extras.group_decisions_made;
  bool younger = true;
  for_each_child(parent, [&](Cell& child) {
    const bool is_failed = &child == &failed;
    const bool concerned = is_failed || scope == SupervisionScope::all_for_one || younger;
    if (is_failed) younger = false;
    if (!concerned) return;
    extras.group_decisions[id_of(child)] = {number, decision.directive};
    decide(child, decision, number);
  });
}

/// The decision about several children that is on its way to this one and that it had not applied
/// when it failed: that decides about this failure, too. Null when there is none.
const GroupDecision* decision_under_way(const Cell& cell, ActorId child, std::uint64_t applied) {
  if (cell.extras == nullptr) return nullptr;
  const auto entry = cell.extras->group_decisions.find(child);
  if (entry == cell.extras->group_decisions.end() || entry->second.number <= applied)
    return nullptr;
  return &entry->second;
}

std::optional<SupervisorStrategy> strategy_of(SystemCore& core, Cell& cell) {
  if (cell.instance == nullptr) return core.settings.guardian_strategy;
  std::optional<SupervisorStrategy> strategy;
  run_hook(core, cell, "supervision", [&] { strategy = cell.instance->supervision(); });
  return strategy;
}

/// Restarts are counted, but for those of one message from storage, which count once; past the
/// budget the child is stopped.
SupervisionDecision within_budget(SystemCore& core, ChildRecord& record,
                                  const SupervisorStrategy& strategy, bool is_repeated) {
  if (is_repeated) return {Directive::restart, {}};
  const TimePoint now = core.clock().now();
  if (record.budget.on_failure(now) == Verdict::stop) return {Directive::stop, {}};
  if (now - record.last_failure > strategy.limit().within) record.restarts = 0;
  record.last_failure = now;
  ++record.restarts;
  return {Directive::restart,
          restart_pause(strategy.backoff(), record.restarts, core.platform.random->unit())};
}

}  // namespace

void supervise(SystemCore& core, Cell& cell, ActorId child_id, FailureReport&& report) {
  Cell* child = find_cell(child_id);
  if (id_of(*child) != child_id) return;
  if (core.past_deadline.load(std::memory_order_relaxed)) [[unlikely]]
    return decide(*child, {Directive::stop, {}});
  ChildFailed& failure = report.failure;
  if (Intermediary* actor = intermediary_of(cell);
      actor != nullptr && actor->supervise(child_id, failure)) {
    return;
  }
  const GroupDecision* const before = decision_under_way(cell, child_id, report.applied);
  if (before != nullptr && before->directive == Directive::stop) return;
  const HookNote note;
  std::optional<SupervisorStrategy> strategy = strategy_of(core, cell);
  if (!strategy) return decide(*child, {Directive::stop, {}});
  SupervisionDecision decision{strategy->decide(failure), {}};
  if (decision.directive == Directive::restart) {
    auto [record, is_new] = extras_of(cell).child_records.try_emplace(
        child_id, ChildRecord{RestartBudget(strategy->limit()), 0, {}});
    decision = within_budget(core, record->second, *strategy, report.is_repeated);
  }
  static_cast<void>(succeeds([&] {
    if (const auto log = core.failure_log(LogLevel::warn, child_id)) {
      log->warn("failed: {}; its supervisor says {}", failure.error.context(), decision.directive);
    }
  }));
  if (decision.directive == Directive::escalate) {
    // One that ends already, and lets its children drain, cannot fail any more.
    if (cell.parent.load(std::memory_order_relaxed) == nullptr || cell.status == Status::stopping) {
      return decide(*child, {Directive::stop, {}});
    }
    // One that has failed already waits for a directive that will be for this child, too.
    extras_of(cell).has_escalated = true;
    if (cell.status != Status::running) return;
    return fail(core, cell, std::move(failure), nullptr);
  }
  // It is restarted with its siblings already.
  if (before != nullptr && decision.directive != Directive::stop) return;
  if (decision.directive == Directive::resume ||
      strategy->scope() == SupervisionScope::one_for_one) {
    return decide(*child, decision);
  }
  const auto lock = lock_children(core, cell);  // No user's code runs under it.
  decide_all(cell, *child, strategy->scope(), decision);
}

}  // namespace troupe::runtime
