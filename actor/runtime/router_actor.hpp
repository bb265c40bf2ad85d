// RouterActor: the actor that a pool or a group is. It sends each message on by its strategy, and
// keeps its routees: it replaces those of a pool that end, and follows who has the role of a group.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <troupe/actor/runtime/role_routees.hpp>
#include <troupe/actor/runtime/routee.hpp>
#include <troupe/actor/runtime/router_plan.hpp>
#include <troupe/actor/runtime/spawn.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::runtime {

class RouterActor final : public Actor {
 public:
  explicit RouterActor(std::shared_ptr<const RouterPlan> plan) : plan_(std::move(plan)) {
    for (const AnyRef& ref : plan_->group) add(Routee{ref});
    if (plan_->role_group) begin_to_follow();
    for (std::size_t number = 1; number <= plan_->pool_size; ++number) {
      RestartBudget budget(plan_->supervision.limit());
      add_new(Routee{{}, std::to_string(number), std::move(budget)}).value();
    }
  }

  static bool receive(Cell& cell, Envelope* envelope) {
    auto& router = static_cast<RouterActor&>(*cell.instance);
    if (!was_sent(envelope->kind) && router.take_notice(*envelope)) return true;
    return router.route(envelope);
  }
  static const MessageType* type_with_key(Cell& cell, std::uint64_t key) {
    return static_cast<RouterActor&>(*cell.instance).plan_->find_type(key);
  }
  static void on_terminated(Actor& instance, Terminated&& gone) {
    static_cast<RouterActor&>(instance).replace(gone);
  }
  [[nodiscard]] SupervisorStrategy supervision() const override { return plan_->supervision; }

 private:
  [[nodiscard]] bool route(Envelope* envelope);
  using SendToAll = bool (*)(Envelope*, const std::vector<AnyRef>&);
  [[nodiscard]] bool route_to_all(Envelope* envelope, SendToAll send_to);
  [[nodiscard]] Routee& choose(std::uint64_t key);
  [[nodiscard]] Routee& least_loaded();
  void send(Routee& routee, Envelope* envelope);
  void give_up(Envelope* envelope);
  void own(Envelope* envelope);

  void add(Routee routee);
  [[nodiscard]] Result<void> add_new(Routee routee);
  void begin_to_follow();
  [[nodiscard]] bool take_notice(Envelope& notice);
  void follow();
  void look_again_later();
  [[nodiscard]] AnyRef find_at(const NodeAddress& node) const;
  [[nodiscard]] std::string why_none() const;
  void remove(const AnyRef& ref);

  void set_aside_the_dead();
  void set_aside(std::size_t place);
  void forget_place(const AnyRef& ref, std::size_t place);
  void replace(const Terminated& gone);
  void lose(const Terminated& gone, std::string_view why);
  void tell_losses();

  /// Routees of a pool that are gone for good.
  struct Losses {
    std::uint64_t untold = 0;  // In the log.
    std::string last;          // Which, and why.
    bool is_told_later = false;
  };

  std::shared_ptr<const RouterPlan> plan_;
  std::vector<Routee> routees_;
  std::unordered_multimap<AnyRef, std::size_t>
      places_;                                // In `routees_`; a group may repeat itself.
  std::unordered_map<AnyRef, Routee> ended_;  // Their Terminated has not come yet.
  std::size_t turn_ = 0;                      // Whose it is, round and round.
  RoleRoutees by_role_;                       // Of a group by role.
  std::string nobody_has_role_;               // Why not; empty where somebody has it.
  Losses losses_;
  bool looks_again_ = false;  // The timer for it is armed.
};

}  // namespace troupe::runtime
