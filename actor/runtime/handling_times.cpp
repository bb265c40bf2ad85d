#include <troupe/actor/runtime/handling_times.hpp>

#include <exception>
#include <troupe/actor/runtime/actor_class.hpp>
#include <troupe/actor/runtime/decoding.hpp>
#include <troupe/actor/runtime/hooks.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <utility>

namespace troupe::runtime {
namespace {

/// Tells the chain, the last link first.
void tell_handled(SystemCore& core, Cell& cell, HandledMessage message, TimePoint begun,
                  bool failed) noexcept {
  message.took = core.clock().now() - begun;
  message.failed = failed;
  const auto& links = cell.extras->chain->links;
  for (auto link = links.rbegin(); link != links.rend(); ++link) {
    run_hook(core, cell, "middleware", [&] { (*link)->on_handled(message); });
  }
}

/// One handler that runs. Tells of it at the end of the scope, unless that was left to a Task or
/// there was no handler.
class RunningHandler {
 public:
  RunningHandler(SystemCore& core, Cell& cell, const HandledMessage& message, TimePoint begun)
      : core_(core), cell_(cell), message_(message), begun_(begun) {}
  ~RunningHandler() {
    if (!tells_) return;
    tell_handled(core_, cell_, message_, begun_, std::uncaught_exceptions() > exceptions_);
  }
  RunningHandler(const RunningHandler&) = delete;
  RunningHandler& operator=(const RunningHandler&) = delete;

  void has_no_handler() noexcept { tells_ = false; }
  /// Where it has left a Task that waits.
  void leave_to_task(const Envelope* request) {
    const RootTask* newest = cell_.extras->tasks.first();
    if (newest == nullptr || newest->request != request) return;
    tells_ = false;
    cell_.extras->chain->times->under_way.insert_or_assign(
        request, HandlingTimes::Handling{message_, begun_});
  }

 private:
  SystemCore& core_;
  Cell& cell_;
  const HandledMessage message_;
  const TimePoint begun_;
  const int exceptions_ = std::uncaught_exceptions();
  bool tells_ = true;
};

}  // namespace

void note_arrival(Cell& cell, const Arrival& arrival) noexcept {
  cell.extras->chain->next_message = {.envelope = arrival.message, .came = arrival.at};
}

void note_decoded(Cell& cell, const Envelope& encoded, const Envelope& decoded) noexcept {
  if (cell.extras->chain == nullptr) return;
  NextMessage& next = cell.extras->chain->next_message;
  if (next.envelope != &encoded) next = {};
  next.envelope = &decoded;
  next.encoded_bytes = const_cast<Envelope&>(encoded).payload_as<EncodedMessage>().bytes.size();
}

TakenFacts take_facts(const SystemCore& core, MiddlewareChain& chain,
                      const Envelope& envelope) noexcept {
  TakenFacts taken{.facts = {},
                   .taken_at = chain.times != nullptr ? core.clock().now() : TimePoint()};
  if (chain.next_message.envelope != &envelope) return taken;
  const NextMessage next = std::exchange(chain.next_message, {});
  taken.facts.encoded_bytes = next.encoded_bytes;
  if (next.came && chain.times != nullptr) taken.facts.waited = taken.taken_at - *next.came;
  return taken;
}

bool receive_timed(SystemCore& core, Cell& cell, Envelope* envelope, const TakenFacts& taken) {
  RunningHandler handler(core, cell,
                         {.type_name = envelope->type->name,
                          .actor = AnyRef(&cell, id_of(cell)),
                          .sender = sender_of(*envelope),
                          .encoded_bytes = taken.facts.encoded_bytes,
                          .waited = taken.facts.waited,
                          .took = Duration::zero(),
                          .failed = false},
                         taken.taken_at);
  if (!cell.actor_class->receive(cell, envelope)) {
    handler.has_no_handler();
    return false;
  }
  if (this_thread.envelope != envelope) handler.leave_to_task(envelope);
  return true;
}

void task_has_ended(SystemCore& core, Cell& cell, const Envelope& request, bool failed) noexcept {
  const auto& chain = cell.extras->chain;
  if (chain == nullptr || chain->times == nullptr) return;
  auto handling = chain->times->under_way.extract(&request);
  if (handling.empty()) return;
  tell_handled(core, cell, handling.mapped().message, handling.mapped().begun, failed);
}

void forget_handlings(Extras& extras) noexcept {
  if (extras.chain != nullptr && extras.chain->times != nullptr) {
    extras.chain->times->under_way.clear();
  }
}

}  // namespace troupe::runtime
