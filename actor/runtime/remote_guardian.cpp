#include <troupe/actor/runtime/remote_guardian.hpp>

#include <troupe/actor/actor_path.hpp>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/runtime/actor_class_of.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/end_order.hpp>
#include <troupe/actor/runtime/ending.hpp>
#include <troupe/actor/runtime/intermediary.hpp>
#include <troupe/actor/runtime/spawn.hpp>
#include <troupe/actor/runtime/worker.hpp>

namespace troupe::runtime {
namespace {

class RemoteGuardian final : public Intermediary {
 public:
  using Protocol = Accepts<>;

  /// Its name stands beside that of "/user" and not below it.
  RemoteGuardian() {
    SystemCore& core = *this_thread.core;
    static_cast<void>(core.names.reserve(0, remote_guardian_path.substr(1), id_of(cell())));
    core.remote_guardian_id.store(id_of(cell()), std::memory_order_release);
  }

  void on_remote_event(RemoteEvent event) override {
    if (!event.signal) return lose(*event.from);
    if (auto* order = std::get_if<SpawnChild>(&*event.signal)) {
      make(*event.from, *order);
    } else if (auto* decision = std::get_if<SuperviseChild>(&*event.signal)) {
      decide(*event.from, *decision);
    } else {
      event.from->passed_over("an answer for the remote guardian, which has asked for no child");
    }
  }

  /// The failure of another actor at the root is no concern of other nodes' children.
  [[nodiscard]] bool apply(const SupervisionDecision& /*decision*/) override {
    return cell().status != Status::failed;
  }

  [[nodiscard]] bool supervise(ActorId child, const ChildFailed& failure) override {
    const auto entry = parents_.find(child);
    if (entry == parents_.end()) return false;
    const auto& [node, proxy] = entry->second;
    if (const auto log = this_thread.core->failure_log(LogLevel::warn, child)) {
      log->warn("failed: {}; its supervisor is told, {}", failure.error.context(),
                node->path(proxy));
    }
    node->signal(RemoteChildFailed{proxy, failure.error, exception_types(failure.exception)});
    return true;
  }

  void child_ended(ActorId child, StopReason reason) override {
    const auto entry = parents_.find(child);
    if (entry == parents_.end()) return;  // It failed in its constructor.
    // Its parent has not ended it: this node goes, and takes it along.
    const bool goes_with_node = reason == StopReason::stopped &&
                                cell().status == Status::stopping &&
                                this_thread.core->shutting_down.load(std::memory_order_relaxed);
    if (goes_with_node) reason = StopReason::node_left;
    entry->second.node->signal(ChildEnded{entry->second.proxy, reason, child});
    parents_.erase(entry);
  }

 private:
  struct Parent {
    HeldTarget node;
    ActorId proxy;
  };

  void make(RemoteTarget& node, const SpawnChild& order);
  void decide(RemoteTarget& node, const SuperviseChild& order);
  void lose(const RemoteTarget& node);
  [[nodiscard]] std::string next_name(std::string_view offer);

  std::unordered_map<ActorId, Parent> parents_;  // By child.
  std::uint64_t made_ = 0;
};

void RemoteGuardian::make(RemoteTarget& node, const SpawnChild& order) {
  SystemCore& core = *this_thread.core;
  const auto maker = core.offers.find(order.offer);
  if (!maker.ok()) return node.signal(ChildNotPlaced{order.parent, maker.error()});
  const HookNote note;
  std::optional<Result<AnyRef>> made;
  // Decoding, too, may be a user's code.
  auto failure = run_user_code(ErrorCode::start_failed, [&] {
    made = (*maker)(core, cell(), next_name(order.offer), order.arguments, node.ref_port());
  });
  if (failure) made = std::move(failure->error);
  if (!made->ok()) return node.signal(ChildNotPlaced{order.parent, std::move(*made).error()});
  parents_.emplace((*made)->id(), Parent{&node, order.parent});
  node.signal(ChildPlaced{order.parent, (*made)->id(), (*made)->path()});
}

/// Nobody rules a child but the node of its parent.
void RemoteGuardian::decide(RemoteTarget& node, const SuperviseChild& order) {
  const auto entry = parents_.find(order.child);
  if (entry == parents_.end()) return node.passed_over("a decision about a child that is not here");
  if (entry->second.node.get() != &node) {
    return node.passed_over("a decision about a child of another node's");
  }
  Envelope* directive = make_envelope(Kind::directive, order.child, 0, order.decision);
  if (!deliver_system(find_cell(order.child), directive)) free_envelope(directive);
}

void RemoteGuardian::lose(const RemoteTarget& node) {
  for (const auto& [child, parent] : parents_) {
    if (parent.node.get() == &node) order_stop(*find_cell(child), child);
  }
}

/// No two children have the same name, whatever their parents call them.
std::string RemoteGuardian::next_name(std::string_view offer) {
  const std::string number = "-" + std::to_string(++made_);
  return std::string(offer.substr(0, actor_name_bytes_max - number.size())) + number;
}

using RemoteGuardianClass = ClassOf<RemoteGuardian>;

constexpr ActorClass remote_guardian_class = [] {
  ActorClass value = RemoteGuardianClass::value;
  value.name = "troupe::RemoteGuardian";
  value.is_intermediary = true;
  return value;
}();

}  // namespace

namespace {

Result<void> ensure_remote_guardian(SystemCore& core) {
  const std::lock_guard lock(core.remote_guardian_mutex);
  // A system that ends takes no new actors, for which there is an error already.
  const bool ends = core.shutting_down.load(std::memory_order_relaxed);
  if (!ends && find_remote_guardian(core) != nullptr) return {};
  using Memory = RemoteGuardianClass::Memory;
  void* block = new (pool_allocate(sizeof(Memory))) Memory();
  const auto made =
      make_actor(core, *core.guardian, {&remote_guardian_class, block, {}, nullptr, never()});
  if (!made.ok()) return made.error();
  return {};
}

}  // namespace

/// Nobody could be given what is offered without a guardian, so that is there first.
Result<void> offer(SystemCore& core, std::string_view name, Offers::Maker maker) {
  if (auto ready = ensure_remote_guardian(core); !ready.ok()) return ready;
  return core.offers.add(name, maker);
}

Cell* find_remote_guardian(const SystemCore& core) noexcept {
  const ActorId id = core.remote_guardian_id.load(std::memory_order_acquire);
  Cell* cell = find_cell(id);
  return cell != nullptr && id_of(*cell) == id ? cell : nullptr;
}

}  // namespace troupe::runtime
