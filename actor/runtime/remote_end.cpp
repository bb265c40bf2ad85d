// A temporary actor here watches it.
#include <troupe/actor/runtime/remote_end.hpp>

#include <troupe/actor/actor.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/temporary.hpp>

namespace troupe::runtime {
namespace {

struct AwaitEnd {
  using Reply = void;
  static constexpr bool local_message = true;
  AnyRef ref;
};

class EndAwaiter : public Actor {
 public:
  using Protocol = Accepts<AwaitEnd>;
  Later<void> on(AwaitEnd order) {
    auto [reply, later] = defer<void>();
    reply_ = std::move(reply);
    watch(order.ref);
    return later;
  }
  void on(const Terminated&) { reply_.set({}); }

 private:
  ReplyTo<void> reply_{nullptr};
};

}  // namespace

Future<void> when_stopped_elsewhere(AnyRef ref) {
  const SystemVisit core(ref.remote()->anchor(ref.remote_id()));
  if (!core) return Future<void>::ready({});
  auto future = ask_temporary<EndAwaiter>(*core, *core->guardian, AwaitEnd{ref}, Duration::max());
  future.state()->cancel_when_dropped();
  return future;
}

}  // namespace troupe::runtime
