// error_of(): what users' code throws, as an error.
#pragma once

#include <optional>
#include <troupe/actor/runtime/user_code.hpp>
#include <troupe/base/error.hpp>
#include <utility>

namespace troupe::runtime {

/// Runs users' code, and gives what it throws: the error of a Failure, or `handler_failed`.
template <class F>
[[nodiscard]] std::optional<Error> error_of(F&& function) {
  std::optional<ChildFailed> failure =
      run_user_code(ErrorCode::handler_failed, std::forward<F>(function));
  return failure ? std::optional<Error>(std::move(failure->error)) : std::nullopt;
}

}  // namespace troupe::runtime
