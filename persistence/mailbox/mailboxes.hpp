// Mailboxes on one storage, for the actors of one system.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <troupe/actor/ports/durable_mailboxes.hpp>
#include <troupe/persistence/storage.hpp>

namespace troupe::persistence {

/// What the queues are to be known by.
struct MailboxesSettings {
  /// Of the node, in this life: unlike any other, and not 0.
  std::uint64_t incarnation = 0;
  /// Wall time in ms, as the storage's, for whether the time of a stored ask is over. Without it an
  /// ask of an earlier life of its actor is always handled. Any thread.
  std::function<std::uint64_t()> wall_clock = {};
  /// Whether the node of this incarnation is known to be down for ever, so that another may have
  /// its queues at once, and not only when storage knows that it is gone. Any thread.
  std::function<bool(std::uint64_t incarnation)> is_down = {};
};

/// For SystemSettings::mailboxes. One for each storage, which is nobody else's to call on_append()
/// of. Its end waits, up to ten seconds, for what the mailboxes have asked of the storage.
[[nodiscard]] std::shared_ptr<DurableMailboxes> mailboxes_on(std::shared_ptr<Storage> storage,
                                                             MailboxesSettings settings);

}  // namespace troupe::persistence
