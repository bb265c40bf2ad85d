#include <troupe/actor/runtime/interception.hpp>

#include <troupe/actor/actor_base.hpp>
#include <troupe/actor/runtime/actor_timers.hpp>
#include <troupe/actor/runtime/dispatch.hpp>
#include <troupe/actor/runtime/end_order.hpp>
#include <troupe/actor/runtime/ending.hpp>
#include <troupe/actor/runtime/handling_times.hpp>
#include <troupe/actor/runtime/hooks.hpp>
#include <troupe/actor/runtime/open_turn.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <troupe/actor/runtime/reply.hpp>

namespace troupe::runtime {
namespace {

/// True when this message is the last one by the actor's stop policy.
bool is_last(const Extras& extras, Envelope& envelope) {
  if (extras.stop_policy && extras.stop_policy->when == StopPolicy::When::after_one_message) {
    return true;
  }
  return extras.stop_after_message && extras.stop_after_message->matches(envelope);
}

/// Shows an answer to the first links of the chain, before `place`, on its way out, and sends it.
void pass_out(Cell& cell, std::size_t place, Envelope* request, Envelope* reply) {
  const auto& links = cell.extras->chain->links;
  while (place > 0) {
    --place;
    run_hook(*this_thread.core, cell, "middleware",
             [&] { links[place]->on_reply(MessageView(*reply, place, *request)); });
  }
  send_reply(request, reply);
}

}  // namespace

bool passes_middleware(const MiddlewareChain& chain, Envelope* envelope,
                       const MessageFacts& facts) {
  for (std::size_t place = 0; place < chain.links.size(); ++place) {
    const MessageView message(*envelope, place, facts);
    if (chain.links[place]->on_message(message) == Pass::stop) return false;
  }
  return true;
}

namespace {

/// False when no handler knows it.
bool receive_through(SystemCore& core, Cell& cell, Envelope* envelope) {
  MiddlewareChain& chain = *cell.extras->chain;
  const TakenFacts taken = take_facts(core, chain, *envelope);
  if (!passes_middleware(chain, envelope, taken.facts)) return true;
  return chain.times != nullptr ? receive_timed(core, cell, envelope, taken)
                                : cell.actor_class->receive(cell, envelope);
}

}  // namespace

bool handle_intercepted(SystemCore& core, Cell& cell, Envelope* envelope) {
  Extras& extras = *cell.extras;
  if (envelope->kind != Kind::timer) touch_idle_timers(core, cell);
  if (is_last(extras, *envelope)) extras.stop_after_current = true;
  const bool known = extras.chain == nullptr ? cell.actor_class->receive(cell, envelope)
                                             : receive_through(core, cell, envelope);
  if (extras.stop_after_current) {
    // Before the next message, and after this one is done with, or its tasks are.
    if (extras.tasks.first() == nullptr) order_stop(cell, id_of(cell));
    take_no_more(cell);
  }
  return known;
}

void answer_through_middleware(Cell& cell, Envelope* request, Envelope* reply) {
  if (cell.extras->chain == nullptr) return send_reply(request, reply);
  pass_out(cell, cell.extras->chain->links.size(), request, reply);
}

void answer_from_link(std::size_t place, Envelope* request, Envelope* reply) {
  pass_out(*this_thread.cell, place, request, reply);
}

void handle_unknown(SystemCore& core, Cell& cell, Envelope* envelope) {
  if (core.events.has_subscribers<Unhandled>()) {
    core.events.publish(
        Unhandled{AnyRef(&cell, id_of(cell)), path_of(core, id_of(cell)), type_name_of(*envelope)});
  }
  if (envelope->kind == Kind::timer) {
    if (const auto log = core.failure_log(LogLevel::warn, id_of(cell))) {
      log->warn("its timers bring a {}, which is in neither its Protocol nor its Private",
                type_name_of(*envelope));
    }
  }
  if (envelope->kind == Kind::timer || envelope->kind == Kind::notice) {
    // Nobody sent it; as a dead letter it is a message that the actor has sent itself.
    envelope->kind = Kind::user;
    envelope->sender = envelope->target;
    ++this_thread.sent;
  }
  refuse(&cell, envelope, ErrorCode::unknown_type);
}

}  // namespace troupe::runtime
