#include <troupe/actor/ports/mailbox_owner.hpp>

#include <troupe/actor/ports/scheduler.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/deliver.hpp>
#include <troupe/actor/runtime/end_order.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {

void MailboxOwner::Alarm::due(DueList& due_list) noexcept {
  if (mailbox_ != nullptr) return due_list.push_back({.mailbox = mailbox_});
  due_list.push_back({.cell = &cell_, .id = id_});
}

MailboxOwner::MailboxOwner(SystemCore& core, ActorId id, TypeList accepts)
    : anchor_(core.anchor), id_(id), accepts_(accepts), alarm_(*find_cell(id), id) {}

TimePoint MailboxOwner::now() const noexcept {
  const SystemVisit core(anchor_);
  return core ? core->clock().now() : TimePoint();
}

std::string MailboxOwner::path() const {
  const SystemVisit core(anchor_);
  return core ? path_of(*core, id_) : std::string();
}

void MailboxOwner::log_error(std::string_view text) const noexcept {
  const SystemVisit core(anchor_);
  if (!core) return;
  static_cast<void>(succeeds([&] { core->log(path_of(*core, id_)).error("{}", text); }));
}

void MailboxOwner::log_warning(std::string_view text) const noexcept {
  const SystemVisit core(anchor_);
  if (!core) return;
  static_cast<void>(succeeds([&] { core->log(path_of(*core, id_)).warn("{}", text); }));
}

void MailboxOwner::wake() const noexcept {
  Cell* const cell = find_cell(id_);
  if (cell->id.load(std::memory_order_relaxed) == id_ && cell->wake_if_idle()) schedule(cell);
}

void MailboxOwner::call_at(TimePoint at) noexcept {
  const SystemVisit core(anchor_);
  if (!core) return;
  at = core->scheduler->wake_up_for(at);
  if (core->timers.arm(alarm_, at) == TimerService::Armed::earliest) {
    core->scheduler->timer_armed(at);
  }
}

void MailboxOwner::stop() const noexcept { order_stop(*find_cell(id_), id_); }

void MailboxOwner::refuse(DeadLetter letter) const noexcept {
  const SystemVisit core(anchor_);
  if (!core) return;
  core->add_dead_letter(std::move(letter));
}

void MailboxOwner::note_stored(std::uint64_t messages) const noexcept {
  if (const SystemVisit core(anchor_); core) {
    core->stored.value.fetch_add(messages, std::memory_order_relaxed);
  }
}

void MailboxOwner::outlive(QueuedMailbox& mailbox) noexcept {
  const SystemVisit core(anchor_);
  if (!core) return;
  core->timers.cancel(alarm_);
  alarm_.call(mailbox);
}

MailboxOwner::~MailboxOwner() {
  if (const SystemVisit core(anchor_); core) core->timers.cancel(alarm_);
}

}  // namespace troupe::runtime
