#include <troupe/actor/middleware.hpp>

#include <troupe/actor/runtime/cell.hpp>
#include <troupe/actor/runtime/decoding.hpp>
#include <troupe/actor/runtime/thread_context.hpp>

namespace troupe {

AnyRef MessageView::actor() const noexcept {
  runtime::Cell& cell = *runtime::this_thread.cell;
  return {&cell, runtime::id_of(cell)};
}

AnyRef MessageView::sender() const noexcept { return runtime::sender_of(*request_); }

}  // namespace troupe
