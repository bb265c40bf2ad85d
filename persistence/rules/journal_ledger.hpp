// JournalLedger: the rules of a journal and its snapshot, without their bytes. Memory and SQLite
// keep these beside it; what Redis does is the same in its scripts.
//
// Each operation is first asked about, which changes nothing but its answer, then written, then
// booked: so one that cannot be written leaves no trace here.
#pragma once

#include <cstdint>
#include <string>
#include <troupe/persistence/journal.hpp>
#include <troupe/persistence/snapshot_store.hpp>
#include <troupe/persistence/storage_limits.hpp>
#include <utility>

namespace troupe::persistence {

/// Of one journal. Owner only.
class JournalLedger {
 public:
  JournalLedger() = default;
  explicit JournalLedger(std::string key) { state_.key = std::move(key); }
  explicit JournalLedger(JournalState state) : state_(std::move(state)) {}

  /// Those that begin with "ask_" say whether the operation is to be carried out. Where it is not,
  /// its outcome and outputs are set. `owner_is_gone`: the storage knows that it is.
  [[nodiscard]] bool ask_claim(ClaimJournal& operation, bool owner_is_gone) const;
  void book_claim(ClaimJournal& operation);

  /// The events get the numbers after `state().last`; those before keeps_from() are to be removed.
  [[nodiscard]] bool ask_append(AppendEvents& operation, const StorageLimits& limits) const;
  void book_append(AppendEvents& operation);

  [[nodiscard]] bool ask_save(SaveSnapshot& operation, const StorageLimits& limits) const;
  void book_save(SaveSnapshot& operation);

  [[nodiscard]] bool ask_erase(EraseJournal& operation) const;
  void book_erase(EraseJournal& operation);

  /// The first event that is kept once the operation is booked.
  [[nodiscard]] std::uint64_t keeps_from(const AppendEvents& operation) const noexcept;
  [[nodiscard]] std::uint64_t keeps_from(const SaveSnapshot& operation) const noexcept;

  [[nodiscard]] const JournalState& state() const noexcept { return state_; }

 private:
  JournalState state_;
};

/// Whether the request makes sense whatever the journal holds; else it is `refused`. Any thread.
[[nodiscard]] bool makes_sense(ClaimJournal& request, const StorageLimits& limits);
[[nodiscard]] bool makes_sense(AppendEvents& request, const StorageLimits& limits);
[[nodiscard]] bool makes_sense(SaveSnapshot& request, const StorageLimits& limits);

}  // namespace troupe::persistence
