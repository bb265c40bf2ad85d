// Depth: counting what waits for an actor, in its own turn. Others ask for it by ask_depth() of
// ports/inquiry.hpp.
#pragma once

#include <troupe/actor/mailbox_depth.hpp>
#include <troupe/actor/ref.hpp>

namespace troupe::runtime {

/// Actor thread.
[[nodiscard]] MailboxDepth depth_of(const Cell& cell);

}  // namespace troupe::runtime
