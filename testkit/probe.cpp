#include <troupe/testkit/probe.hpp>

#include <troupe/actor/runtime/encoded_message.hpp>
#include <troupe/actor/runtime/lifecycle.hpp>
#include <troupe/actor/runtime/turn.hpp>
#include <troupe/testkit/probe_inbox.hpp>
#include <troupe/testkit/stepped_scheduler.hpp>

namespace troupe::testkit {
namespace {

using runtime::Cell;
using runtime::Envelope;
using runtime::EnvelopePtr;

/// Asks the probe's actor to expect, or not, a Terminated.
struct WatchOrder {
  static constexpr bool local_message = true;
  AnyRef target;
  bool on = true;
};

class ProbeActor final : public Actor {
 public:
  explicit ProbeActor(std::shared_ptr<ProbeInbox> inbox) : inbox_(std::move(inbox)) {}

  static bool receive(Cell& cell, Envelope* envelope) {
    auto& actor = static_cast<ProbeActor&>(*cell.instance);
    if (envelope->type == &runtime::message_type<WatchOrder>) {
      actor.obey(cell, envelope->payload_as<WatchOrder>());
    } else {
      runtime::take_message_out();
      runtime::this_thread.envelope = nullptr;  // It is the inbox's from here on.
      actor.inbox_->put(EnvelopePtr(envelope));
    }
    return true;
  }

  static void on_terminated(Actor& instance, Terminated&& gone) {
    const runtime::ActorId target = static_cast<ProbeActor&>(instance).self().id();
    const runtime::ActorId sender = gone.ref.id();
    static_cast<ProbeActor&>(instance).inbox_->put(EnvelopePtr(
        runtime::make_envelope(runtime::Kind::terminated, target, sender, std::move(gone))));
  }

 private:
  void obey(Cell& cell, const WatchOrder& order) {
    if (!order.on) return unwatch(order.target);
    if (order.target.is_remote()) return watch(order.target);
    runtime::extras_of(cell).watching.insert(order.target);
  }

  std::shared_ptr<ProbeInbox> inbox_;
};

using Memory = runtime::Block<ProbeActor, std::shared_ptr<ProbeInbox>>;

constexpr runtime::ActorClass probe_class = {
    .name = "troupe::testkit::Probe",
    .receive = &ProbeActor::receive,
    .type_with_key = nullptr,
    .on_terminated = &ProbeActor::on_terminated,
    .construct = [](void* block) -> Actor* {
      auto& memory = *static_cast<Memory*>(block);
      return new (memory.instance) ProbeActor(std::get<0>(memory.arguments));
    },
    .destroy = [](Actor* instance) noexcept { instance->~Actor(); },
    .block_of = [](Actor* instance) noexcept -> void* {
      return static_cast<ProbeActor*>(instance);
    },
    .free_block =
        [](void* block) noexcept {
          static_cast<Memory*>(block)->~Memory();
          runtime::pool_free(block, sizeof(Memory));
        },
    .on_start = nullptr,
    .keeps_message = false,
};

AnyRef make_probe(runtime::SystemCore& core, std::string_view name,
                  const std::shared_ptr<ProbeInbox>& inbox) {
  void* block = new (runtime::pool_allocate(sizeof(Memory))) Memory(inbox);
  return runtime::make_actor(core, *core.guardian, {&probe_class, block, name, nullptr, never()})
      .value();
}

}  // namespace

Probe::Probe(ActorSystem& system, std::string_view name)
    : core_(system.core().shared_from_this()),
      inbox_(std::make_shared<ProbeInbox>()),
      ref_(make_probe(*core_, name, inbox_)) {}

Probe::~Probe() {
  inbox_->close();
  stop();
}

std::size_t Probe::waiting() const { return inbox_->size(); }

void Probe::stop() noexcept { runtime::order_stop(*ref_.cell(), ref_.id()); }

void Probe::wait_until(TimePoint deadline) const {
  if (SteppedWorld* world = world_of(*core_)) {
    static_cast<void>(world->run_until([this] { return waiting() != 0; }, deadline));
  } else {
    inbox_->wait(deadline - core_->clock().now());
  }
}

void Probe::take_next(const Wanted& wanted, TimePoint deadline) {
  wait_until(deadline);
  if (!take_waiting()) {
    throw ExpectationFailed("expected " + wanted.what + " within " + duration_text(wanted.timeout) +
                                ", but nothing came to " + path(),
                            wanted.where);
  }
}

/// Looks at the next message, if there is one.
bool Probe::take_waiting() {
  EnvelopePtr next = inbox_->take();
  if (next == nullptr) return false;
  last_ = std::move(next);
  last_sender_ = runtime::sender_of(*last_);
  last_reply_ = nullptr;
  return true;
}

void Probe::fail_unexpected(const Wanted& wanted) const {
  throw ExpectationFailed("expected " + wanted.what + " within " + duration_text(wanted.timeout) +
                              ", but " + describe_last() + " came to " + path(),
                          wanted.where);
}

std::string Probe::describe_last() const {
  if (last_->type == &runtime::message_type<Terminated>) {
    return "the end of " + last_->payload_as<Terminated>().path;
  }
  return runtime::type_name_of(*last_) + " from " +
         (last_sender_ ? last_sender_.path() : "outside");
}

void Probe::expect_no_message(Duration span, const std::source_location& where) {
  const Wanted nothing{"no message", span, where};
  wait_until(deadline_after(core_->clock(), span));
  if (take_waiting()) fail_unexpected(nothing);
}

Terminated Probe::expect_terminated(AnyRef ref, Duration timeout,
                                    const std::source_location& where) {
  const Wanted wanted{"the end of " + ref.path(), timeout, where};
  take_next(wanted);
  if (last_->type != &runtime::message_type<Terminated> ||
      last_->payload_as<Terminated>().ref != ref) {
    fail_unexpected(wanted);
  }
  return std::move(last_->payload_as<Terminated>());
}

void Probe::require_request(const runtime::MessageType* reply,
                            const std::source_location& where) const {
  if (last_ == nullptr || !last_->awaits_answer()) {
    throw ExpectationFailed(
        "there is no request to answer: none was expected before, or it was answered, or told",
        where);
  }
  if (last_reply_ == nullptr || reply == &runtime::message_type<Error> || reply == last_reply_) {
    return;
  }
  throw ExpectationFailed("the request wants " + std::string(last_reply_->name) +
                              " for an answer, not " + std::string(reply->name),
                          where);
}

void Probe::reply(Error error, const std::source_location& where) {
  require_request(&runtime::message_type<Error>, where);
  runtime::answer(last_.get(), std::move(error));
}

void Probe::watch(AnyRef target) {
  // The note is in the probe's mailbox before any Terminated can be, and the target knows at once.
  ref_.tell(WatchOrder{target, true});
  if (target.is_remote()) return;
  Envelope* signal = runtime::make_signal(runtime::Kind::watch, target.id(), ref_.id());
  if (!runtime::deliver_system(target.cell(), signal)) {
    runtime::return_system_message(*core_, signal);
  }
}

void Probe::unwatch(AnyRef target) { ref_.tell(WatchOrder{target, false}); }

}  // namespace troupe::testkit
