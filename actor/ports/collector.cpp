#include <troupe/actor/ports/collector.hpp>

#include <troupe/actor/runtime/actor_class_of.hpp>
#include <troupe/actor/runtime/end_order.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/open_turn.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <troupe/actor/runtime/spawn.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {
namespace {

/// Asks the collector to expect, or not, a Terminated.
struct WatchOrder {
  static constexpr bool local_message = true;
  AnyRef target;
  bool on = true;
};

class CollectingActor final : public Actor {
 public:
  explicit CollectingActor(std::shared_ptr<CollectedMessages> to) : to_(std::move(to)) {}

  static bool receive(Cell& cell, Envelope* envelope) {
    auto& actor = static_cast<CollectingActor&>(*cell.instance);
    if (same_type(*envelope->type, message_type<WatchOrder>)) {
      actor.apply(cell, envelope->payload_as<WatchOrder>());
    } else {
      take_message_out();
      this_thread.envelope = nullptr;  // It belongs to the owner's messages from here on.
      actor.to_->put(EnvelopePtr(envelope));
    }
    return true;
  }

  static void on_terminated(Actor& instance, Terminated&& gone) {
    auto& actor = static_cast<CollectingActor&>(instance);
    const ActorId target = actor.self().id();
    const ActorId sender = gone.ref.id();
    actor.to_->put(EnvelopePtr(make_envelope(Kind::terminated, target, sender, std::move(gone))));
  }

 private:
  void apply(Cell& cell, const WatchOrder& order) {
    if (!order.on) return Actor::unwatch(order.target);
    if (order.target.is_remote()) return Actor::watch(order.target);
    extras_of(cell).watching.insert(order.target);
  }

  const std::shared_ptr<CollectedMessages> to_;
};

using Memory = Block<CollectingActor, std::shared_ptr<CollectedMessages>>;

constexpr ActorClass collector_class = {
    .name = "troupe::runtime::Collector",
    .receive = &CollectingActor::receive,
    .type_with_key = nullptr,
    .on_terminated = &CollectingActor::on_terminated,
    .construct = [](void* block) -> Actor* {
      auto& memory = *static_cast<Memory*>(block);
      return new (memory.instance) CollectingActor(std::get<0>(memory.arguments));
    },
    .destroy = [](Actor* instance) noexcept { instance->~Actor(); },
    .block_of = [](Actor* instance) noexcept -> void* {
      return static_cast<CollectingActor*>(instance);
    },
    .free_block =
        [](void* block) noexcept {
          static_cast<Memory*>(block)->~Memory();
          pool_free(block, sizeof(Memory));
        },
    .on_start = nullptr,
    .keeps_message = false,
};

AnyRef make_collector(SystemCore& core, std::string_view name,
                      std::shared_ptr<CollectedMessages> to) {
  void* block = new (pool_allocate(sizeof(Memory))) Memory(std::move(to));
  return make_actor(core, *core.guardian, {&collector_class, block, name, nullptr, never()})
      .value();
}

}  // namespace

Collector::Collector(SystemCore& core, std::string_view name, std::shared_ptr<CollectedMessages> to)
    : core_(core.shared_from_this()), ref_(make_collector(core, name, std::move(to))) {}

const Clock& Collector::clock() const noexcept { return core_->clock(); }

void Collector::watch(const AnyRef& target) const {
  // The note is in the mailbox before any Terminated can be, and the target knows at once.
  ref_.tell(WatchOrder{target, true});
  if (target.is_remote()) return;
  Envelope* const signal = make_signal(Kind::watch, target.id(), ref_.id());
  if (!deliver_system(target.cell(), signal)) return_system_message(*core_, signal);
}

void Collector::unwatch(const AnyRef& target) const { ref_.tell(WatchOrder{target, false}); }

void Collector::stop() const noexcept { order_stop(*ref_.cell(), ref_.id()); }

Collector::AsSender::AsSender(const Collector& collector) noexcept
    : before_(std::exchange(this_thread.sender, collector.ref().id())) {}

Collector::AsSender::~AsSender() { this_thread.sender = before_; }

}  // namespace troupe::runtime
