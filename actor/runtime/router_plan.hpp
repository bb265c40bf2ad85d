// RouterPlan: what a router is made of, a value that its instances share.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <troupe/actor/actor.hpp>
#include <troupe/actor/role.hpp>
#include <troupe/actor/router_strategy.hpp>
#include <troupe/actor/supervision.hpp>
#include <vector>

namespace troupe::runtime {

/// Whoever is at a path of the nodes that have a role.
struct RoleGroup {
  Role role;
  std::string path;
};

/// A router that is not spawned yet.
struct RouterPlan {
  template <class Protocol>
  [[nodiscard]] static RouterPlan of(const RouterStrategy<Protocol>& strategy) {
    using Messages = RoutedMessages<Protocol>;
    return {.routing = strategy.routing(),
            .types = Messages::types(),
            .find_type = Messages::find_type,
            .is_to_each = &Messages::is_to_each,
            .ask_each = &Messages::ask_each};
  }

  Routing routing;
  TypeList types;  ///< Of the protocol.
  FindType find_type;
  bool (*is_to_each)(const MessageType& type) noexcept;
  bool (*ask_each)(Envelope* envelope, const std::vector<AnyRef>& routees);
  std::vector<AnyRef> group = {};
  std::optional<RoleGroup> role_group = {};
  // Of pools only:
  std::size_t pool_size = 0;
  std::function<Result<AnyRef>(Context&, std::string_view name, SpawnOptions options)> spawn = {};
  SupervisorStrategy supervision = one_for_one();
  SpawnOptions options = {};
};

[[nodiscard]] Result<AnyRef> spawn_router(SystemCore& core, Cell& parent, std::string_view name,
                                          std::shared_ptr<const RouterPlan> plan,
                                          const SpawnOptions& options);

}  // namespace troupe::runtime
