#include <troupe/actor/runtime/awaited_end.hpp>

#include <troupe/actor/actor.hpp>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/runtime/lanes.hpp>
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

/// A temporary actor here watches it.
Future<void> when_stopped_elsewhere(const AnyRef& ref) {
  const SystemVisit core(ref.remote()->anchor(ref.remote_id()));
  if (!core) return Future<void>::ready({});
  auto future = ask_temporary<EndAwaiter>(*core, *core->guardian, AwaitEnd{ref}, Duration::max());
  future.state()->cancel_when_dropped();
  return future;
}

}  // namespace

bool await_end(const AnyRef& actor, const AskPart& ask) {
  auto* order = new (pool_allocate(sizeof(Envelope) + sizeof(AskPart)))
      Envelope{nullptr,
               nullptr,
               actor.id(),
               0,
               Kind::await_stopped,
               true,
               false,
               0,
               sizeof(Envelope) + sizeof(AskPart)};
  new (order + 1) AskPart(ask);
  if (deliver_system(actor.cell(), order)) return true;
  order->ask().sink->release();
  free_envelope(order);
  return false;
}

Future<void> when_stopped(AnyRef ref) {
  if (!ref) return Future<void>::ready({});
  if (ref.is_remote()) return when_stopped_elsewhere(ref);
  auto future = Future<void>::for_ask(ref.target(), ref.id(), Duration::max());
  future.state()->cancel_when_dropped();
  future.state()->owe_end();
  if (await_end(ref, future.ask_part())) return future;
  // It has ended, though a shutdown may have failed the future in between.
  return Future<void>::ready({});
}

}  // namespace troupe::runtime
