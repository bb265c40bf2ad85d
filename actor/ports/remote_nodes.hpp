// RemoteNodes: the port through which the actor layer finds other nodes. The transport implements
// it; a system without one has no other nodes.
#pragma once

#include <troupe/actor/actor_path.hpp>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/ref.hpp>
#include <troupe/base/result.hpp>

namespace troupe {

class RemoteNodes {
 public:
  /// Whoever is at this address, as a target of signals. Errors: `limit_reached`, `shutdown`, and
  /// what else is known at once to keep signals from arriving. Any thread.
  [[nodiscard]] virtual Result<RemoteTarget*> node(const NodeAddress& address) = 0;

  /// A ref to whoever is at this path of another node when a message comes there. Errors:
  /// `invalid_path`, `limit_reached`, `shutdown`. Any thread.
  [[nodiscard]] virtual Result<AnyRef> path(const ActorPath& path) = 0;

 protected:
  ~RemoteNodes() = default;
};

}  // namespace troupe
