#include <troupe/actor/ports/inquiry.hpp>

#include <troupe/actor/runtime/reply.hpp>

namespace troupe::runtime {
namespace {

/// Asks by a system message of `kind`, which the actor's turn answers with an R.
template <class R>
Future<R> inquire(Kind kind, const AnyRef& ref, Duration timeout) {
  if (timeout < Duration::zero()) return Future<R>::ready(negative_timeout(timeout));
  if (!ref || ref.is_remote()) {
    return Future<R>::ready(Error(ErrorCode::no_such_actor,
                                  ref ? ref.path() + " is on another node, where it has to be asked"
                                      : "a null ref has no mailbox",
                                  Execution::not_executed));
  }
  Future<R> answer = Future<R>::for_ask(ref.target(), ref.id(), timeout);
  // The answer does not wait for what the actor waits for itself.
  answer.state()->set_responder(ref.id(), 0);
  constexpr std::size_t size = sizeof(Envelope) + sizeof(AskPart);
  auto* order =
      new (pool_allocate(size)) Envelope{nullptr, nullptr, ref.id(), 0, kind, true, false, 0, size};
  new (order + 1) AskPart(answer.ask_part());
  if (deliver_system(ref.cell(), order)) return answer;
  answer_with_error(
      order, Error(ErrorCode::actor_stopped, ref.path() + " has ended", Execution::not_executed));
  free_envelope(order);
  return answer;
}

}  // namespace

Future<MailboxDepth> ask_depth(const AnyRef& ref, Duration timeout) {
  return inquire<MailboxDepth>(Kind::tell_depth, ref, timeout);
}

Future<AcceptedTypes> ask_accepted_types(const AnyRef& ref, Duration timeout) {
  return inquire<AcceptedTypes>(Kind::tell_types, ref, timeout);
}

}  // namespace troupe::runtime
