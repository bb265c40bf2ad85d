#include <troupe/actor/runtime/attention.hpp>
#include <troupe/actor/runtime/dispatch.hpp>
#include <troupe/actor/runtime/hooks.hpp>
#include <troupe/actor/runtime/lifecycle.hpp>
#include <troupe/actor/runtime/turn.hpp>

namespace troupe::runtime {
namespace {

/// True when this message is the last one by the actor's stop policy.
bool is_last(const Extras& extras, Envelope& envelope) {
  if (extras.stop_policy && extras.stop_policy->when == StopPolicy::When::after_one_message) {
    return true;
  }
  return extras.stop_after_message && extras.stop_after_message->matches(envelope);
}

bool passes_middleware(const Extras& extras, Envelope* envelope) {
  for (const auto& link : extras.middleware) {
    if (link->on_message(MessageView(*envelope)) == Pass::stop) return false;
  }
  return true;
}

}  // namespace

bool handle_attentively(SystemCore& core, Cell& cell, Envelope* envelope) {
  Extras& extras = *cell.extras;
  if (envelope->kind != Kind::timer) touch_idle_timers(core, cell);
  if (is_last(extras, *envelope)) extras.stop_after_current = true;
  const bool known =
      !passes_middleware(extras, envelope) || cell.actor_class->receive(cell, envelope);
  if (extras.stop_after_current) {
    // Before the next message, and after this one is done with, or its tasks are.
    if (extras.tasks.first() == nullptr) order_stop(cell, id_of(cell));
    take_no_more(cell);
  }
  return known;
}

void answer_through_middleware(Cell& cell, Envelope* request, Envelope* reply) {
  const auto& chain = cell.extras->middleware;
  for (auto link = chain.rbegin(); link != chain.rend(); ++link) {
    run_hook(*this_thread.core, cell, "middleware",
             [&] { (*link)->on_reply(MessageView(*reply)); });
  }
  send_reply(request, reply);
}

void handle_unknown(SystemCore& core, Cell& cell, Envelope* envelope) {
  if (core.events.has_subscribers<Unhandled>()) {
    core.events.publish(Unhandled{AnyRef(&cell, id_of(cell)), path_of(core, id_of(cell)),
                                  std::string(envelope->type->name)});
  }
  refuse(&cell, envelope, ErrorCode::unknown_type);
}

bool refuse_malformed(Cell& cell, Envelope* envelope, Error error) {
  if (envelope->awaits_answer()) answer_with_error(envelope, std::move(error));
  take_message_out();
  this_thread.envelope = nullptr;
  refuse(&cell, envelope, ErrorCode::malformed);
  return true;
}

}  // namespace troupe::runtime
