// What an actor does through its Context, by the parts of the runtime that do it.
#include <algorithm>
#include <troupe/actor/actor.hpp>
#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/runtime/actor_timers.hpp>
#include <troupe/actor/runtime/awaited_end.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/children.hpp>
#include <troupe/actor/runtime/depth.hpp>
#include <troupe/actor/runtime/ending.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <troupe/actor/runtime/selection.hpp>
#include <troupe/actor/runtime/set_aside.hpp>
#include <troupe/actor/runtime/signal_intake.hpp>
#include <troupe/actor/runtime/watching.hpp>
#include <troupe/actor/runtime/worker.hpp>

namespace troupe {

void runtime::log_failed_pipe(const AnyRef& actor, const ChildFailed& failure) noexcept {
  const SystemVisit core(actor.cell()->anchor.load(std::memory_order_relaxed));
  if (!core) return;
  if (const auto log = core->failure_log(LogLevel::error, actor.id())) {
    log->error("pipe threw {}", failure.error.context());
  }
}

using runtime::Cell;
using runtime::Envelope;
using runtime::Kind;
using runtime::this_thread;

namespace {

Cell& cell_being_made() {
  TROUPE_CHECK(this_thread.cell != nullptr,
               "an Actor is made by spawn<T>(), not by its constructor alone");
  return *this_thread.cell;
}

std::string why_not_sent(const AnyRef& ref, ErrorCode refusal) {
  switch (refusal) {
    case ErrorCode::mailbox_full:
      return "the message is larger than the mailbox of " + ref.path() + ", or that is full";
    case ErrorCode::actor_stopped: return "the actor has stopped";
    default: return ref.path() + " did not take the message";
  }
}

using How = runtime::OrderEnd::How;

/// Orders an actor to end, wherever it is; nothing for one that has ended.
void order_end(const AnyRef& ref, How how) noexcept {
  if (!ref) return;
  if (ref.is_remote()) return ref.remote()->order_end(ref.remote_id(), {0, {}, how});
  runtime::order_end(*ref.cell(), ref.id(), how);
}

}  // namespace

Actor::Actor() : Context(cell_being_made()) {}

AnyRef Context::self() const noexcept { return {cell_, runtime::id_of(*cell_)}; }

AnyRef Context::parent() const noexcept {
  Cell* parent = cell_->parent.load(std::memory_order_relaxed);
  return {parent, runtime::id_of(*parent)};
}

AnyRef Context::sender() const noexcept {
  return this_thread.envelope != nullptr ? runtime::sender_of(*this_thread.envelope) : AnyRef();
}

std::string Context::path() const { return runtime::path_of(*this_thread.core, self().id()); }
Logger Context::log() const { return this_thread.core->log(path()); }
EventStream& Context::events() const noexcept { return this_thread.core->events; }

MailboxDepth Context::depth() const { return runtime::depth_of(*cell_); }

Result<AnyRef> Context::try_select_any(std::string_view path) const {
  return runtime::select_path(*this_thread.core, path);
}
Result<std::vector<AnyRef>> Context::try_select_any(std::string_view path,
                                                    const EachNode& nodes) const {
  return runtime::select_path(*this_thread.core, path, nodes);
}
Result<AnyRef> Context::try_select_any(std::string_view path, const OneNode& node) const {
  return runtime::select_path(*this_thread.core, path, node);
}

TimePoint Context::now() const noexcept { return this_thread.core->clock().now(); }

std::vector<AnyRef> Context::children() const {
  std::vector<AnyRef> refs;
  runtime::for_each_child(*cell_,
                          [&](Cell& child) { refs.emplace_back(&child, runtime::id_of(child)); });
  std::ranges::reverse(refs);
  return refs;
}

void Context::stop(AnyRef ref) const noexcept { order_end(ref, How::stop); }
void Context::kill(AnyRef ref) const noexcept { order_end(ref, How::kill); }
void Context::drain(AnyRef ref) const noexcept { order_end(ref, How::drain); }

Future<void> Context::stopped(AnyRef ref) const { return runtime::when_stopped(ref); }

void Context::watch(AnyRef ref) const {
  if (!runtime::extras_of(*cell_).watching.insert(ref).second) return;
  runtime::begin_watch(*this_thread.core, *cell_, ref);
}

void Context::unwatch(AnyRef ref) const noexcept {
  if (cell_->extras == nullptr) return;
  cell_->extras->former_watches.erase(ref);
  if (cell_->extras->watching.erase(ref) == 0) return;
  runtime::end_watch(*cell_, ref);
}

void Context::unstash_all() const {
  if (cell_->extras == nullptr) return;
  auto messages = cell_->extras->stash.take_all();
  for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
    runtime::put_first(*cell_, message->release());
  }
}

void Context::check_not_stashed() const {
  const Envelope* request = current_request();
  if (request == nullptr || !runtime::Stash::has_put_aside(*request)) return;
  throw Failure(Error(ErrorCode::refused,
                      "stash() puts the message that is being handled aside, and that was done "
                      "for this one already"));
}

void Context::stash_envelope(Envelope* envelope) const {
  ++this_thread.sent;  // It is handled again.
  runtime::put_aside(*this_thread.core, *cell_, envelope, current_request());
}

Future<void> Context::send_envelope(AnyRef ref, Envelope* envelope) const {
  Promise<void> promise;
  Future<void> sent = promise.future();
  Cell* cell = ref.cell();
  runtime::QueuedMailbox* mailbox = cell->queued.load(std::memory_order_acquire);
  const runtime::SystemVisit core(cell->anchor.load(std::memory_order_relaxed));
  if (!core || !runtime::is_target(*cell, *envelope) || mailbox == nullptr ||
      (mailbox->overflow() != Overflow::block && !mailbox->is_durable())) {
    if (const auto refused = runtime::try_deliver(cell, envelope)) {
      promise.fail(
          Error(*refused, ref.path() + " did not take the message", Execution::not_executed));
    } else {
      promise.set({});
    }
    return sent;
  }
  runtime::count_sent(*core, 1);
  sent.state()->retain();
  // What goes to storage is there, or on its way, whether its sender still waits or not.
  if (!mailbox->is_durable()) sent.state()->owe_room(this_thread.sender, ref.id());
  std::vector<Envelope*> withdrawn;
  const auto refusal = mailbox->offer_later(envelope, sent.state(), withdrawn);
  for (Envelope* one : withdrawn) runtime::refuse(cell, one, ErrorCode::mailbox_full);
  if (!refusal) {
    if (!mailbox->is_durable() && cell->wake_if_idle()) runtime::schedule(cell);
    promise.detach();
    return sent;
  }
  sent.state()->release();
  runtime::refuse(cell, envelope, *refusal);
  promise.fail(Error(*refusal, why_not_sent(ref, *refusal), Execution::not_executed));
  return sent;
}

Envelope* Context::current_request() const noexcept { return this_thread.envelope; }

void Context::check_period(Duration period) {
  if (period > Duration::zero()) return;
  throw Failure(Error(ErrorCode::invalid_setting,
                      "a timer that fires again and again needs a positive period, not " +
                          std::to_string(period.count()) + " ns"));
}

void Context::start_keyed_timer(std::string key, Duration first, Duration period,
                                MakeMessage make) const {
  cancel_timer(key);
  runtime::ActorTimers& timers = runtime::timers_of(*cell_);
  const std::uint64_t serial = cell_->extras->next_timer_serial++;
  auto timer = std::make_unique<runtime::KeyedTimer>();
  timer->key = key;
  timer->serial = serial;
  timer->period = period;
  timer->make_message = std::move(make);
  runtime::KeyedTimer& entry = *timer;
  timers.keyed.emplace(serial, std::move(timer));
  timers.serials.emplace(std::move(key), serial);
  runtime::arm_after(*this_thread.core, *cell_, entry, first);
}

void Context::cancel_timer(const std::string& key) const noexcept {
  if (cell_->extras == nullptr || cell_->extras->timers == nullptr) return;
  runtime::ActorTimers& timers = *cell_->extras->timers;
  const auto serial = timers.serials.find(key);
  if (serial == timers.serials.end()) return;
  const auto timer = timers.keyed.find(serial->second);
  timers.heap.remove(*timer->second);
  timers.keyed.erase(timer);
  timers.serials.erase(serial);
}

void Context::set_receive_timeout(Duration idle) const {
  if (idle < Duration::zero()) {
    throw Failure(Error(ErrorCode::invalid_setting,
                        "a receive time-out is positive, or 0 for none, and not " +
                            std::to_string(idle.count()) + " ns"));
  }
  runtime::Extras& extras = runtime::extras_of(*cell_);
  extras.receive_timeout = idle;
  cell_->has_interceptors = true;
  runtime::ActorTimers& timers = runtime::timers_of(*cell_);
  runtime::disarm(*cell_, timers.receive_timeout);
  runtime::touch_idle_timers(*this_thread.core, *cell_);
}

}  // namespace troupe
