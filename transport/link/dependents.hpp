// Dependents: how actors here hear that a node which they depend on is gone.
#pragma once

#include <optional>
#include <troupe/actor/ports/remote_signal.hpp>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/transport/outgoing/watch_book.hpp>

namespace troupe::transport {

/// Tells a watcher here that the watched actor's node is gone. Any thread.
void tell_of_loss(const Watch& watch, StopReason reason) noexcept;

/// Tells a watcher here why it does not watch: `no_such_actor` where the node is there and the
/// watch was past a limit, which the log names. Any thread.
void tell_of_refused_watch(const Watch& watch, ErrorCode refused) noexcept;

/// Tells a proxy here that the node of its child is gone. Any thread.
void tell_of_lost_child(RemoteTarget& node, runtime::ActorId parent) noexcept;

/// A signal to that node was refused: who waits for an answer to it hears why. Any thread.
void tell_of_refused_signal(RemoteTarget& node, std::optional<runtime::ActorId> parent,
                            ErrorCode refused) noexcept;

/// The proxy that waits for an answer to this signal; none where nobody does.
[[nodiscard]] std::optional<runtime::ActorId> parent_in(const runtime::RemoteSignal& signal);

}  // namespace troupe::transport
