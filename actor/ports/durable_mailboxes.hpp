// DurableMailboxes: the port through which actors get mailboxes on storage.
//
// The actor layer knows no storage. The persistence layer implements this; a system is given one by
// SystemSettings::mailboxes, and a Node makes it of NodeSettings::storage.
#pragma once

#include <memory>
#include <troupe/actor/ports/mailbox_owner.hpp>
#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/base/result.hpp>

namespace troupe {

class DurableMailboxes {
 public:
  DurableMailboxes() = default;
  DurableMailboxes(const DurableMailboxes&) = delete;
  DurableMailboxes& operator=(const DurableMailboxes&) = delete;
  virtual ~DurableMailboxes() = default;

  /// The mailbox of an actor that is being made. Errors: `name_taken` where another actor of this
  /// process has the queue; `invalid_setting`. Any thread.
  [[nodiscard]] virtual Result<runtime::QueuedMailboxPtr> open(
      std::unique_ptr<runtime::MailboxOwner> owner, const DurableMailbox& settings) = 0;

  /// Waits, up to `timeout`, until storage has all of the actors that have ended: what was sent to
  /// them, and what they have settled. Blocks; not where the storage is served.
  virtual void flush(Duration timeout) = 0;
};

}  // namespace troupe
