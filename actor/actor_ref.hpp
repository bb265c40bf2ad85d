// Sending through refs: the templates of what ref.hpp declares and promises, and all that they
// need. Who tells or asks includes this; actor.hpp and actor_system.hpp bring it.
#pragma once

#include <optional>
#include <troupe/actor/future.hpp>
#include <troupe/actor/ref.hpp>
#include <troupe/actor/runtime/ask_deadline.hpp>
#include <troupe/actor/runtime/deliver.hpp>
#include <troupe/actor/runtime/remote_delivery.hpp>

namespace troupe {

template <class M>
void AnyRef::tell(M message) const {
  if (is_remote()) [[unlikely]] {
    return runtime::tell_remote_or_drop(*this, runtime::message_type<M>, &message);
  }
  __builtin_prefetch(cell(), 1);
  void* const block = runtime::try_pool_allocate(runtime::envelope_bytes<M>);
  if (block == nullptr) [[unlikely]]
    return runtime::drop_for_want_of_memory(*this);
  runtime::deliver(cell(),
                   runtime::make_envelope_in(block, runtime::Kind::user, id_,
                                             runtime::this_thread.sender, std::move(message)));
}

template <class M>
Result<void> AnyRef::try_tell(M message) const {
  const std::optional<ErrorCode> refused =
      is_remote() ? runtime::tell_remote(*this, runtime::message_type<M>, &message)
                  : runtime::try_deliver(cell(), runtime::make_envelope(runtime::Kind::user, id_,
                                                                        runtime::this_thread.sender,
                                                                        std::move(message)));
  if (refused) {
    return Error(*refused,
                 "the message was not accepted by " + path() + runtime::why(*this, *refused),
                 Execution::not_executed);
  }
  return {};
}

template <int&... deduced, class M>
  requires Request<MessageIn<M>>
FutureOfAsk<M> AnyRef::ask(M&& request, Duration timeout) const {
  return FutureOfAsk<M>(send_ask<MessageIn<M>>(std::forward<M>(request), timeout));
}

template <Request M>
Future<ReplyOf<M>> AnyRef::ask(Made<M> request, Duration timeout) const {
  return send_ask<M>(std::move(request.message), timeout);
}

template <Request M>
Future<ReplyOf<M>> AnyRef::send_ask(M request, Duration timeout) const {
  if (timeout < Duration::zero()) [[unlikely]]
    return Future<ReplyOf<M>>::ready(runtime::negative_timeout(timeout));
  auto future = Future<ReplyOf<M>>::for_ask(target_, id_, timeout);
  runtime::send_envelope(
      *this, runtime::make_envelope(runtime::Kind::user, id_, runtime::this_thread.sender,
                                    future.ask_part(), std::move(request)));
  return future;
}

}  // namespace troupe
