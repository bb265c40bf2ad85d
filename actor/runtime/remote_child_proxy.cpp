#include <troupe/actor/runtime/remote_child_proxy.hpp>

#include <troupe/actor/ports/remote_nodes.hpp>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/runtime/actor_class_of.hpp>
#include <troupe/actor/runtime/ending.hpp>
#include <troupe/actor/runtime/failing.hpp>
#include <troupe/actor/runtime/intermediary.hpp>
#include <troupe/actor/runtime/nodes_by_role.hpp>
#include <troupe/actor/runtime/open_turn.hpp>
#include <troupe/actor/runtime/own_node.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <troupe/actor/runtime/restart.hpp>
#include <troupe/actor/runtime/spawn.hpp>
#include <troupe/actor/runtime/worker.hpp>
#include <troupe/base/hand_over.hpp>

namespace troupe::runtime {
namespace {

class RemoteChildProxy final : public Intermediary {
 public:
  using Protocol = Accepts<>;

  explicit RemoteChildProxy(std::shared_ptr<Placement> placement)
      : placement_(std::move(placement)) {}

  static const MessageType* type_with_key(Cell& cell, std::uint64_t key) {
    return static_cast<RemoteChildProxy&>(*cell.instance).placement_->find_type(key);
  }
  static bool receive(Cell& cell, Envelope* envelope) {
    static_cast<RemoteChildProxy&>(*cell.instance).pass_on(envelope);
    return true;
  }

  void on_start() { place(); }
  void after_restart(const Error& /*error*/) override { place(); }

  void on_remote_event(RemoteEvent event) override;
  [[nodiscard]] bool apply(const SupervisionDecision& decision) override;
  [[nodiscard]] bool may_end() override;
  [[nodiscard]] bool drain() override;

 private:
  enum class Child : std::uint8_t { none, awaited, placed };
  using How = OrderEnd::How;

  [[nodiscard]] const char* why_not_mine(const RemoteEvent& event) const;
  [[nodiscard]] bool is_of_its_node(const RemoteEvent& event) const;
  [[nodiscard]] bool needs_resuming();
  void place();
  void look_up_candidates();
  void ask_candidates();
  [[nodiscard]] Result<void> ask(const NodeAddress& candidate);
  void give_up();
  void refused(Error error);

  void placed(const HeldTarget& node, const ChildPlaced& answer);
  void not_placed(Error error);
  void failed(RemoteChildFailed report);
  void ended(StopReason reason);
  void order(How how) { node_->signal(OrderEnd{child_id_, {}, how}); }

  void pass_on(Envelope* envelope);
  void hand_to_child(Envelope* envelope);
  void keep(Envelope* envelope);
  void pass_on_kept();

  [[nodiscard]] SystemCore& core() const noexcept { return *this_thread.core; }
  [[nodiscard]] bool is_stopping() const noexcept { return cell().status == Status::stopping; }

  std::shared_ptr<Placement> placement_;
  Child child_ = Child::none;
  std::size_t candidates_left_ = 0;         // While the child is awaited.
  std::optional<Error> refusal_;            // The last candidate's.
  const NodeAddress* candidate_ = nullptr;  // That was asked last.
  HeldTarget asked_;                        // For the child that is awaited or placed.
  HeldTarget node_;                         // Of the placed child.
  ActorId child_id_ = 0;
  bool is_draining_ = false;
  bool has_ordered_end_ = false;
};

void RemoteChildProxy::place() {
  if (placement_->role) look_up_candidates();
  candidates_left_ = placement_->candidates.size();
  ask_candidates();
}

/// Those that have the role at this moment.
void RemoteChildProxy::look_up_candidates() {
  candidate_ = nullptr;
  placement_->next = 0;
  placement_->candidates.clear();
  auto found = next_nodes_with(core(), *placement_->role);
  if (found.ok()) {
    placement_->candidates = *std::move(found);
  } else {
    refused(std::move(found).error());
  }
}

/// Asks one after the other, until one can be asked; its answer is awaited then.
void RemoteChildProxy::ask_candidates() {
  while (candidates_left_ > 0) {
    --candidates_left_;
    const auto& candidates = placement_->candidates;
    candidate_ = &candidates[placement_->next++ % candidates.size()];
    auto asked = ask(*candidate_);
    if (asked.ok()) return;
    refused(std::move(asked).error());
  }
  give_up();
}

Result<void> RemoteChildProxy::ask(const NodeAddress& candidate) {
  RemoteNodes* nodes = core().nodes.load(std::memory_order_acquire);
  sees(&core().nodes);
  if (nodes == nullptr) {
    return Error(ErrorCode::node_unreachable, "this system has no way to other nodes",
                 Execution::not_executed);
  }
  auto node = is_own(core(), candidate) ? Result<RemoteTarget*>(core().own_node.get())
                                        : nodes->node(candidate);
  if (!node.ok()) return std::move(node).error();
  wire::Writer arguments((*node)->ref_port());
  auto failure =
      run_user_code(ErrorCode::not_serialisable, [&] { placement_->write_arguments(arguments); });
  if (failure) return std::move(failure->error);
  child_ = Child::awaited;
  asked_ = *node;
  const std::span<const std::byte> bytes = arguments.bytes();
  (*node)->signal(SpawnChild{
      id_of(cell()), placement_->offer, {bytes.begin(), bytes.end()}, candidates_left_ == 0});
  return {};
}

void RemoteChildProxy::refused(Error error) {
  if (const auto log = core().failure_log(LogLevel::warn, self().id())) {
    const std::string where = candidate_ != nullptr ? " on " + candidate_->to_string() : "";
    log->warn("a child of \"{}\" was not placed{}: {}", placement_->offer, where, error);
  }
  refusal_ = std::move(error);
}

/// No candidate takes the child. The spawner hears of it if it waits; later the supervisor does.
void RemoteChildProxy::give_up() {
  if (auto tell_spawner = std::exchange(placement_->tell_spawner, nullptr)) {
    tell_spawner(*refusal_);
    return stop();
  }
  if (is_draining_) return runtime::stop(core(), cell(), StopReason::node_down);
  fail(core(), cell(), ChildFailed{*refusal_, nullptr}, nullptr);
}

void RemoteChildProxy::on_remote_event(RemoteEvent event) {
  if (!event.signal) return;
  if (const char* const why = why_not_mine(event)) {
    if (!event.is_own_word) event.from->passed_over(why);
    return;
  }
  if (auto* answer = std::get_if<ChildPlaced>(&*event.signal)) {
    placed(event.from, *answer);
  } else if (auto* refusal = std::get_if<ChildNotPlaced>(&*event.signal)) {
    not_placed(std::move(refusal->error));
  } else if (auto* report = std::get_if<RemoteChildFailed>(&*event.signal)) {
    failed(std::move(*report));
  } else if (auto* notice = std::get_if<ChildEnded>(&*event.signal)) {
    ended(notice->reason);
  }
}

/// Whether it comes of the node that was asked last, or of the life that has the child.
bool RemoteChildProxy::is_of_its_node(const RemoteEvent& event) const {
  if (event.is_own_word && event.from == asked_) return true;
  if (child_ == Child::placed) return event.from == node_;
  return !event.is_own_word && event.from->node_key() == asked_->node_key();
}

/// What comes of the node that was asked last, or of the life that has the child. Anything else is
/// late, or no business of who says it: then this says what it is. Else null.
const char* RemoteChildProxy::why_not_mine(const RemoteEvent& event) const {
  if (child_ == Child::none) return "an answer about a child that has ended";
  if (!is_of_its_node(event)) {
    return "an answer about a child that another node was asked for";
  }
  const RemoteSignal& signal = *event.signal;
  const bool is_placed = child_ == Child::placed;
  if (is_placed && std::holds_alternative<ChildPlaced>(signal)) return "a second child";
  if (!is_placed && std::holds_alternative<RemoteChildFailed>(signal)) {
    return "the failure of a child before it was placed";
  }
  const bool is_an_answer = !std::holds_alternative<OrderEnd>(signal) &&
                            !std::holds_alternative<SpawnChild>(signal) &&
                            !std::holds_alternative<SuperviseChild>(signal);
  return is_an_answer ? nullptr : "an order for a child that is elsewhere";
}

void RemoteChildProxy::placed(const HeldTarget& node, const ChildPlaced& answer) {
  if (child_ != Child::awaited) return;
  child_ = Child::placed;
  node_ = node;
  child_id_ = answer.child;
  if (is_stopping()) return end_if_alone(core(), cell());
  log().debug("stands for {}", node->path(answer.child));
  pass_on_kept();
  if (is_draining_) order(How::drain);
  if (auto tell_spawner = std::exchange(placement_->tell_spawner, nullptr)) tell_spawner(self());
}

void RemoteChildProxy::not_placed(Error error) {
  if (child_ == Child::placed) return ended(StopReason::node_down);  // It takes its word back.
  child_ = Child::none;
  if (is_stopping()) return end_if_alone(core(), cell());
  refused(std::move(error));
  ask_candidates();
}

void RemoteChildProxy::failed(RemoteChildFailed report) {
  if (child_ != Child::placed || is_stopping()) return;
  fail(core(), cell(),
       ChildFailed{std::move(report.error), nullptr, std::move(report.exception_types)}, nullptr);
}

void RemoteChildProxy::ended(StopReason reason) {
  if (child_ == Child::none) return;
  const bool is_lost = reason == StopReason::node_down || reason == StopReason::node_left;
  const Child before = std::exchange(child_, Child::none);
  if (is_stopping()) return end_if_alone(core(), cell());
  if (!is_lost || is_draining_) return runtime::stop(core(), cell(), reason);
  const std::string why =
      candidate_->to_string() + ", is lost" + asked_->why(0, ErrorCode::node_down);
  Error error(
      ErrorCode::node_down,
      (before == Child::awaited ? "the node that was asked, " : "the child's node, ") + why);
  if (before == Child::awaited) {
    refused(std::move(error));
    return ask_candidates();
  }
  // If it had failed, its supervisor's decision is on its way.
  if (cell().status == Status::failed) return;
  fail(core(), cell(), ChildFailed{std::move(error), nullptr}, nullptr);
}

bool RemoteChildProxy::apply(const SupervisionDecision& decision) {
  // The next instance asks for another child; one that is awaited is new anyway.
  if (decision.directive == Directive::restart && child_ != Child::placed) {
    return child_ == Child::awaited;
  }
  if (decision.directive == Directive::resume && !needs_resuming()) return true;
  if (child_ == Child::placed) {
    node_->signal(SuperviseChild{child_id_, decision});
    if (decision.directive != Directive::stop) {
      resume(core(), cell());
      return true;
    }
    has_ordered_end_ = true;
  }
  runtime::stop(core(), cell(), child_ == Child::none ? StopReason::node_down : StopReason::failed);
  return true;
}

/// False where nothing has failed, or a restart is decided and its pause not over.
bool RemoteChildProxy::needs_resuming() {
  const auto& timers = extras_of(cell()).timers;
  return cell().status == Status::failed && (timers == nullptr || !timers->restart.armed());
}

bool RemoteChildProxy::may_end() {
  if (child_ == Child::none) return true;
  if (core().nodes.load(std::memory_order_acquire) == nullptr) return true;
  // A node that cannot be reached ends the child when it finds that this one is gone; and this node
  // ends one that it may yet make, for which its guardian may have no answer any more.
  const RemoteTarget& there = child_ == Child::placed ? *node_ : *asked_;
  const bool may_never_answer = child_ == Child::awaited && &there == core().own_node.get();
  if (core().shutting_down.load(std::memory_order_relaxed) &&
      (may_never_answer || !there.is_reachable())) {
    return true;
  }
  if (child_ == Child::placed && !std::exchange(has_ordered_end_, true)) {
    order(extras_of(cell()).stop_reason == StopReason::killed ? How::kill : How::stop);
  }
  return false;
}

bool RemoteChildProxy::drain() {
  is_draining_ = true;
  take_no_more(cell());
  if (child_ == Child::placed) order(How::drain);
  return true;
}

void RemoteChildProxy::pass_on(Envelope* envelope) {
  take_message_out();
  this_thread.envelope = nullptr;
  if (child_ != Child::placed) return keep(envelope);
  hand_to_child(envelope);
}

void RemoteChildProxy::hand_to_child(Envelope* envelope) {
  const AnyRef child = node_->actor(child_id_);
  if (!child.is_remote()) envelope->target = child.id();
  runtime::send_envelope(child, envelope);
}

/// Until the child is placed. The stash outlives the instance, as the mailbox does.
void RemoteChildProxy::keep(Envelope* envelope) {
  ++this_thread.sent;  // It is handled again.
  Stash& kept = extras_of(cell()).stash;
  if (kept.size() >= core().settings.stash_max) {
    return refuse(&cell(), envelope, ErrorCode::mailbox_full);
  }
  kept.put(envelope, nullptr);
}

void RemoteChildProxy::pass_on_kept() {
  auto kept = extras_of(cell()).stash.take_all();
  count_handled(core(), kept.size());
  for (EnvelopePtr& message : kept) hand_to_child(message.release());
}

using RemoteChildProxyClass = ClassOf<RemoteChildProxy, std::shared_ptr<Placement>>;

constexpr ActorClass remote_child_proxy_class = [] {
  ActorClass value = RemoteChildProxyClass::value;
  value.name = "troupe::RemoteChildProxy";
  value.receive = &RemoteChildProxy::receive;
  value.type_with_key = &RemoteChildProxy::type_with_key;
  value.is_intermediary = true;
  return value;
}();

}  // namespace

Result<AnyRef> spawn_remote_child_proxy(SystemCore& core, Cell& parent, Placement placement) {
  using Memory = RemoteChildProxyClass::Memory;
  const TypeList types = placement.types;
  void* block =
      new (pool_allocate(sizeof(Memory))) Memory(std::make_shared<Placement>(std::move(placement)));
  return make_actor(core, parent, {&remote_child_proxy_class, block, {}, nullptr, never(), types});
}

}  // namespace troupe::runtime
