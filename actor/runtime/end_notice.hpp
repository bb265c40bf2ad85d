// End notices: what tells a watcher, here or on another node, of an actor's end, and the signals
// that ask for one. Whom an actor watches, and who watches it: see watching.hpp.
#pragma once

#include <troupe/actor/death_watch.hpp>
#include <troupe/actor/ports/envelope.hpp>

namespace troupe::runtime {

/// Who a signal of kind `watch` or `unwatch` is about.
[[nodiscard]] AnyRef watcher_of(Envelope& signal) noexcept;
/// A signal of that kind about a watcher on another node: the id of its ref is what the node knows
/// the watch as.
[[nodiscard]] Envelope* make_remote_watch(Kind kind, ActorId target, const AnyRef& watcher);
/// Tells a watcher, wherever it is, of an end.
void tell_watcher(const AnyRef& watcher, Terminated notice) noexcept;

}  // namespace troupe::runtime
