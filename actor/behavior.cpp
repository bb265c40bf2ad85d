#include <troupe/actor/behavior.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/spawn.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {

bool BehaviorActor::receive(Cell& cell, Envelope* envelope) {
  auto& actor = static_cast<BehaviorActor&>(*cell.instance);
  // A handler that becomes something else must outlive its own call.
  const std::shared_ptr<Handlers> now = actor.now_;
  const bool known = now->receive(cell, envelope, actor.context());
  // So must a task that waits, whatever the actor becomes meanwhile.
  RootTask* newest = cell.extras != nullptr ? cell.extras->tasks.first() : nullptr;
  if (newest != nullptr && newest->request == envelope) newest->function = now;
  return known;
}

const MessageType* BehaviorActor::type_with_key(Cell& cell, std::uint64_t key) {
  return static_cast<BehaviorActor&>(*cell.instance).now_->find_type()(key);
}

void BehaviorActor::on_terminated(Actor& instance, Terminated&& gone) {
  auto& actor = static_cast<BehaviorActor&>(instance);
  const std::shared_ptr<Handlers> now = actor.now_;
  if (now->on_terminated(gone, actor.context())) return;
  throw Failure(
      Error(ErrorCode::handler_failed,
            "watches " + gone.path + ", which ended, but has no handler for troupe::Terminated"));
}

void BehaviorActor::become(NextBehavior next) {
  if (next.stops) return stop();
  if (next.handlers == nullptr) return;
  this_thread.core->know(next.handlers->types());
  now_ = next.handlers->fresh();
}

void become(Cell& cell, NextBehavior next) {
  static_cast<BehaviorActor&>(*cell.instance).become(std::move(next));
}

namespace {

using BehaviorMemory = Block<BehaviorActor, std::shared_ptr<Handlers>>;

constexpr ActorClass behavior_class = {
    .name = "troupe::Behavior",
    .receive = &BehaviorActor::receive,
    .type_with_key = &BehaviorActor::type_with_key,
    .on_terminated = &BehaviorActor::on_terminated,
    .construct = [](void* block) -> Actor* {
      auto& memory = *static_cast<BehaviorMemory*>(block);
      return new (memory.instance) BehaviorActor(std::get<0>(memory.arguments));
    },
    .destroy = [](Actor* instance) noexcept { instance->~Actor(); },
    .block_of = [](Actor* instance) noexcept -> void* {
      return static_cast<BehaviorActor*>(instance);
    },
    .free_block =
        [](void* block) noexcept {
          static_cast<BehaviorMemory*>(block)->~BehaviorMemory();
          pool_free(block, sizeof(BehaviorMemory));
        },
    .on_start = nullptr,
    .keeps_message = false,
};

}  // namespace

Result<AnyRef> spawn_handlers(SystemCore& core, Cell& parent, std::string_view name,
                              std::shared_ptr<Handlers> handlers, const SpawnOptions& options) {
  const TypeList types = handlers->types();
  void* block = new (pool_allocate(sizeof(BehaviorMemory))) BehaviorMemory(std::move(handlers));
  return make_actor(core, parent, {&behavior_class, block, name, &options, never(), types});
}

}  // namespace troupe::runtime
