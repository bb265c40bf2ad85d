// MailboxOwner: the actor that a mailbox on storage serves, as that mailbox sees it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <troupe/actor/dead_letters.hpp>
#include <troupe/actor/ports/known_types.hpp>
#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/actor/runtime/system_anchor.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <troupe/actor/runtime/timer_service.hpp>
#include <troupe/base/clock.hpp>

namespace troupe::runtime {

class SystemCore;

/// From the actor's spawn until the mailbox has done all for it, which may be after the actor's
/// end. Any thread.
class MailboxOwner {
 public:
  /// `accepts`: the messages that the actor takes from others.
  MailboxOwner(SystemCore& core, ActorId id, TypeList accepts);
  MailboxOwner(const MailboxOwner&) = delete;
  MailboxOwner& operator=(const MailboxOwner&) = delete;
  ~MailboxOwner();

  [[nodiscard]] ActorId id() const noexcept { return id_; }
  [[nodiscard]] SystemAnchor* anchor() const noexcept { return anchor_; }
  [[nodiscard]] TypeList accepts() const noexcept { return accepts_; }
  [[nodiscard]] TimePoint now() const noexcept;
  [[nodiscard]] std::string path() const;
  /// Logs in the name of the actor's path.
  void log_error(std::string_view text) const noexcept;
  void log_warning(std::string_view text) const noexcept;

  /// Lets the actor look into its mailbox.
  void wake() const noexcept;
  /// QueuedMailbox::due() is called in the actor's turn, or after outlive() elsewhere, at this time
  /// or some ms later, once; a call that was asked for before is not made any more.
  void call_at(TimePoint at) noexcept;
  /// Ends the actor, as the order to stop it does.
  void stop() const noexcept;

  /// A message that it had taken comes to nothing: a dead letter.
  void refuse(DeadLetter letter) const noexcept;
  /// Messages that it had taken are on storage.
  void note_stored(std::uint64_t messages) const noexcept;

  /// The actor has ended: from now on `mailbox` is called without it, as long as its system lives.
  void outlive(QueuedMailbox& mailbox) noexcept;

  /// While it lives, no code of a user's runs on this thread: what was given to then() of a future
  /// that is completed here runs elsewhere.
  class Serving {
   public:
    explicit Serving(const MailboxOwner& owner) noexcept : core_(owner.anchor_) {
      if (core_) scope_.emplace(*core_);
    }

   private:
    const SystemVisit core_;
    std::optional<ServiceScope> scope_;
  };

 private:
  class Alarm final : public TimerNode {
   public:
    Alarm(Cell& cell, ActorId id) noexcept : cell_(cell), id_(id) {}
    void due(DueList& due_list) noexcept override;
    /// While it is not armed.
    void call(QueuedMailbox& mailbox) noexcept { mailbox_ = &mailbox; }

   private:
    Cell& cell_;
    const ActorId id_;
    QueuedMailbox* mailbox_ = nullptr;
  };

  SystemAnchor* const anchor_;
  const ActorId id_;
  const TypeList accepts_;
  Alarm alarm_;
};

}  // namespace troupe::runtime
