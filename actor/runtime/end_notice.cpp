#include <troupe/actor/runtime/end_notice.hpp>

#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/lanes.hpp>

namespace troupe::runtime {

namespace {

/// A watcher on another node: its node, and the key that it has given to the watch.
struct RemoteWatcher {
  static constexpr bool local_message = true;
  AnyRef ref;
};

}  // namespace

AnyRef watcher_of(Envelope& signal) noexcept {
  if (signal.type != nullptr && same_type(*signal.type, message_type<RemoteWatcher>)) {
    return signal.payload_as<RemoteWatcher>().ref;
  }
  return {find_cell(signal.sender), signal.sender};
}

Envelope* make_remote_watch(Kind kind, ActorId target, const AnyRef& watcher) {
  return make_envelope(kind, target, 0, RemoteWatcher{watcher});
}

void tell_watcher(const AnyRef& watcher, Terminated notice) noexcept {
  if (watcher.is_remote()) return watcher.remote()->tell_watcher(watcher.remote_id(), notice);
  const ActorId ended = notice.ref.is_remote() ? 0 : notice.ref.id();
  Envelope* message = make_envelope(Kind::terminated, watcher.id(), ended, std::move(notice));
  if (!deliver_notice(watcher.cell(), message)) free_envelope(message);
}

}  // namespace troupe::runtime
