// ContextScope: as which actor a thread runs users' code. Inline, as every turn passes through it.
#pragma once

#include <troupe/actor/runtime/worker.hpp>

namespace troupe::runtime {

/// Makes `cell` the actor of this thread for a scope: user code inside finds its context by it.
class ContextScope {
 public:
  ContextScope(SystemCore& core, Cell& cell) noexcept : before_(this_thread) {
    this_thread.core = &core;
    this_thread.anchor = core.anchor;
    this_thread.cell = &cell;
    this_thread.envelope = nullptr;
    this_thread.sender = cell.id.load(std::memory_order_relaxed);
    this_thread.yields = false;
    this_thread.sent = 0;
  }
  ~ContextScope() {
    if (this_thread.sent != 0) count_sent(*this_thread.core, this_thread.sent);
    this_thread = before_;
  }
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;

 private:
  ThreadContext before_;
};

}  // namespace troupe::runtime
