// User code: the one place where an exception of a user's is caught.
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <troupe/actor/child_failed.hpp>
#include <vector>

namespace troupe::runtime {

/// What was thrown, with its type and its text (what() of a std::exception, or a string that was
/// thrown), as an error with this code. Only inside a catch, or for an exception that is given.
/// Without a text where there is no memory for one.
[[nodiscard]] ChildFailed describe_exception(ErrorCode code, std::exception_ptr exception) noexcept;

/// Whether it is a std::bad_alloc.
[[nodiscard]] bool is_want_of_memory(const std::exception_ptr& exception) noexcept;

/// The mangled names of the exception's type and of its public bases, nearest first: equal in all
/// programs whose compilers follow the Itanium ABI. Empty for no exception.
[[nodiscard]] std::vector<std::string> exception_types(const std::exception_ptr& exception);

/// Calls `function`; what it throws, be it a std::exception or not, comes back as a failure.
template <class F>
[[nodiscard]] std::optional<ChildFailed> run_user_code(ErrorCode code, F&& function) noexcept {
  try {
    std::forward<F>(function)();
    return std::nullopt;
  } catch (...) {
    return describe_exception(code, std::current_exception());
  }
}

}  // namespace troupe::runtime
