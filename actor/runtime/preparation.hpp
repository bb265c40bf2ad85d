// Preparation: what is made of a SpawnOrder's options before there is an actor. Any thread.
#pragma once

#include <memory>
#include <string_view>
#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/spawn_order.hpp>
#include <troupe/base/result.hpp>

namespace troupe::runtime {

struct Preparation {
  std::unique_ptr<Extras> extras = nullptr;
  QueuedMailboxPtr mailbox = nullptr;
};

/// What is wrong with what was said of the actor; empty: nothing.
[[nodiscard]] std::string_view invalid_setting(const SpawnOrder& order) noexcept;

/// What the options say that has to be kept, if anything. Copies what is a user's, which may throw
/// and is done without a lock.
[[nodiscard]] std::unique_ptr<Extras> make_extras(const SpawnOrder& order);

/// Whether its middleware wants to know when messages come.
[[nodiscard]] bool is_timed(const Extras* extras) noexcept;

/// The mailbox that the options say; null for the cell's own. Errors: `invalid_setting`,
/// `name_taken`.
[[nodiscard]] Result<QueuedMailboxPtr> open_mailbox(SystemCore& core, ActorId id,
                                                    const SpawnOrder& order, const Extras* extras);

}  // namespace troupe::runtime
