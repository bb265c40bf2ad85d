// ChildFailed: how a child has failed, as those hear who decide about it.
#pragma once

#include <exception>
#include <string>
#include <troupe/base/error.hpp>
#include <vector>

namespace troupe {

/// A child's failure, as its supervisor sees it.
struct ChildFailed {
  static constexpr bool local_message = true;

  /// `handler_failed` or `start_failed`, with the exception's type and text; `node_down` for a
  /// child whose node is lost, and what the last candidate said where no node takes it again.
  Error error;
  std::exception_ptr exception;  ///< Null where the failure is not an exception of this process.
  /// Of a child on another node: the mangled names of the exception's type and of its bases.
  std::vector<std::string> exception_types = {};
};

}  // namespace troupe
