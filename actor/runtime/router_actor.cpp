#include <troupe/actor/runtime/router_actor.hpp>

#include <algorithm>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/runtime/answering.hpp>
#include <troupe/actor/runtime/exclusive_wait.hpp>
#include <troupe/actor/runtime/nodes_by_role.hpp>
#include <troupe/actor/runtime/open_turn.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/selection.hpp>
#include <troupe/actor/runtime/ticket.hpp>
#include <vector>

namespace troupe::runtime {

bool RouterActor::route(Envelope* envelope) {
  if (envelope->has_ask && plan_->is_to_each(*envelope->type)) [[unlikely]]
    return route_to_all(envelope, plan_->ask_each);
  if (plan_->routing.by == RouteBy::broadcast) {
    return route_to_all(envelope, plan_->routing.broadcast);
  }
  std::uint64_t key = 0;
  if (plan_->routing.by == RouteBy::key) {
    const auto read = plan_->routing.key(*envelope);
    if (!read) return false;
    key = *read;
  }
  while (!routees_.empty()) {
    Routee& routee = choose(key);
    if (routee.lives()) {
      send(routee, envelope);
      return true;
    }
    set_aside(static_cast<std::size_t>(&routee - routees_.data()));
  }
  give_up(envelope);
  return true;
}

bool RouterActor::route_to_all(Envelope* envelope, SendToAll send_to) {
  set_aside_the_dead();
  std::vector<AnyRef> refs;
  refs.reserve(routees_.size());
  for (Routee& routee : routees_) {
    routee.used = true;
    refs.push_back(routee.ref);
  }
  if (refs.empty()) {
    give_up(envelope);
    return true;
  }
  own(envelope);
  settle_ticket(*envelope, Settled::handled);
  if (send_to(envelope, refs)) return true;
  this_thread.envelope = envelope;
  return false;
}

Routee& RouterActor::choose(std::uint64_t key) {
  switch (plan_->routing.by) {
    case RouteBy::chance:
      return routees_[this_thread.core->platform.random->below(routees_.size())];
    case RouteBy::key:
      return *std::ranges::max_element(routees_, {}, [key](const Routee& routee) {
        return rendezvous_weight(key, routee.seed);
      });
    case RouteBy::load: return least_loaded();
    default: return routees_[turn_++ % routees_.size()];
  }
}

/// Begins with another one each time, so that equals take turns.
Routee& RouterActor::least_loaded() {
  const std::size_t first = turn_++;
  Routee* best = nullptr;
  std::uint64_t least = 0;
  for (std::size_t i = 0; i < routees_.size(); ++i) {
    Routee& routee = routees_[(first + i) % routees_.size()];
    const std::uint64_t load = routee.load();
    if (best == nullptr || load < least) {
      best = &routee;
      least = load;
    }
    if (least == 0) break;
  }
  return *best;
}

void RouterActor::send(Routee& routee, Envelope* envelope) {
  own(envelope);
  if (auto cycle = pass_wait_on(*envelope, routee.ref.is_remote() ? 0 : routee.ref.id())) {
    answer_with_error(envelope, std::move(*cycle));
    return discard(envelope);
  }
  envelope->target = routee.ref.id();
  routee.used = true;
  if (routee.gauge != nullptr) {
    envelope->reserved = counted_by_pool;
    ++routee.given;
  }
  runtime::send_envelope(routee.ref, envelope);
}

/// From here on the envelope is the router's, to hand on.
void RouterActor::own(Envelope* envelope) {
  take_message_out();
  this_thread.envelope = nullptr;
  envelope->reserved = 0;
}

/// The message goes on, to nobody.
void RouterActor::give_up(Envelope* envelope) {
  own(envelope);
  const EnvelopePtr asker = envelope->awaits_answer() ? take_asker(envelope) : nullptr;
  ++this_thread.sent;
  refuse(&cell(), envelope, ErrorCode::no_such_actor);
  if (asker == nullptr) return;
  count_so_far();
  answer_with_error(asker.get(),
                    Error(ErrorCode::no_such_actor, path() + " has no routees" + why_none(),
                          Execution::not_executed));
}

namespace {

using RouterMemory = Block<RouterActor, std::shared_ptr<const RouterPlan>>;

constexpr ActorClass router_class = {
    .name = "troupe::Router",
    .receive = &RouterActor::receive,
    .type_with_key = &RouterActor::type_with_key,
    .on_terminated = &RouterActor::on_terminated,
    .construct = [](void* block) -> Actor* {
      auto& memory = *static_cast<RouterMemory*>(block);
      return new (memory.instance) RouterActor(std::get<0>(memory.arguments));
    },
    .destroy = [](Actor* instance) noexcept { instance->~Actor(); },
    .block_of = [](Actor* instance) noexcept -> void* {
      return static_cast<RouterActor*>(instance);
    },
    .free_block =
        [](void* block) noexcept {
          static_cast<RouterMemory*>(block)->~RouterMemory();
          pool_free(block, sizeof(RouterMemory));
        },
    .on_start = nullptr,
    .keeps_message = false,
    .drains_children = true,
};

/// A group by role of a system that has no roles would wait for ever.
Result<void> check_role_group(const SystemCore& core, const RoleGroup& group) {
  if (auto checked = check_local_path(group.path); !checked.ok()) return checked;
  if (core.roster.load(std::memory_order_acquire) != nullptr) return {};
  const auto nobody = nodes_with(core, group.role);
  return nobody.ok() ? Result<void>() : nobody.error();
}

}  // namespace

Result<AnyRef> spawn_router(SystemCore& core, Cell& parent, std::string_view name,
                            std::shared_ptr<const RouterPlan> plan, const SpawnOptions& options) {
  if (plan->spawn && plan->pool_size == 0) {
    return bad_setting("a pool needs at least 1 routee");
  }
  if (options.durable) {
    return bad_setting(
        "a router hands messages on at once, and has no durable_mailbox(): its "
        "routees may have one");
  }
  if (plan->role_group) {
    if (auto checked = check_role_group(core, *plan->role_group); !checked.ok()) {
      return checked.error();
    }
  }
  const TypeList types = plan->types;
  void* block = new (pool_allocate(sizeof(RouterMemory))) RouterMemory(std::move(plan));
  return make_actor(core, parent, {&router_class, block, name, &options, never(), types});
}

}  // namespace troupe::runtime
