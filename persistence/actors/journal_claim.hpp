// JournalClaim: what an instance of a persistent actor has of its journal, from its claim until it
// gives it up, which outlives the instance: a claim may be answered, and a journal be given up,
// after the actor's end.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <troupe/persistence/storage.hpp>

namespace troupe::persistence {

/// Journals that storage did not take back just then: they are given up again with the next
/// operation of the kind. At most 10,000, past which the oldest stay until this node has ended.
/// Any thread.
class PendingReleases {
 public:
  void add(std::string key, const Token& token);
  [[nodiscard]] std::deque<std::pair<std::string, Token>> take();
  /// How many were past that limit.
  [[nodiscard]] std::uint64_t given_up() const;

 private:
  mutable std::mutex mutex_;
  std::uint64_t given_up_ = 0;
  std::deque<std::pair<std::string, Token>> pending_;
};

/// Gives a journal up: its owner is `token`, or another one by now, and then nothing happens.
void release_journal(Storage& storage, const std::shared_ptr<PendingReleases>& pending,
                     std::string key, const Token& token);

/// Any thread.
class JournalClaim {
 public:
  /// `storage` outlives all operations that are submitted to it.
  JournalClaim(Storage& storage, std::shared_ptr<PendingReleases> pending, std::string key)
      : storage_(storage), pending_(std::move(pending)), key_(std::move(key)) {}

  /// A claim was answered `stored`. Where the instance has ended meanwhile it is given up at once.
  void claimed(const Token& token);
  /// The instance ends.
  void end() noexcept;

 private:
  Storage& storage_;
  const std::shared_ptr<PendingReleases> pending_;
  const std::string key_;
  std::mutex mutex_;
  std::optional<Token> token_;
  bool has_ended_ = false;
};

/// A claim that tells a JournalClaim what it was answered, also after the actor's end.
struct NotedClaim : ClaimJournal {
  void note() noexcept;
  std::shared_ptr<JournalClaim> claim = {};
};

}  // namespace troupe::persistence
