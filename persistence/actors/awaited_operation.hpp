// AwaitedOperation: a request to storage whose answer a Task awaits.
//
// Storage has it until it is answered, whether anybody still waits or not: it owns itself until
// then, so the Task, its actor and their system may end before.
#pragma once

#include <memory>
#include <troupe/actor/future.hpp>
#include <troupe/persistence/storage.hpp>
#include <utility>

namespace troupe::persistence {

template <class Request>
class AwaitedOperation final : public Request {
 public:
  /// The request with its answer, once that is there.
  struct Answer {
    static constexpr bool local_message = true;
    std::unique_ptr<AwaitedOperation> request;
  };

  /// Done when storage has answered; the storage's `close()` answers all. Any thread.
  [[nodiscard]] static Future<Answer> submit(Storage& storage,
                                             std::unique_ptr<AwaitedOperation> request) {
    Future<Answer> answer = request->promise_.future();
    storage.submit(static_cast<Request&>(*request.release()));
    return answer;
  }

  void complete() noexcept override {
    if constexpr (requires { this->note(); }) this->note();
    Promise<Answer> promise = std::move(promise_);
    promise.set(Result<Answer>(Answer{std::unique_ptr<AwaitedOperation>(this)}));
  }

 private:
  Promise<Answer> promise_;
};

}  // namespace troupe::persistence
