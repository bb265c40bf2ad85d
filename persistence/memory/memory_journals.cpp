#include <troupe/persistence/memory/memory_journals.hpp>

#include <algorithm>
#include <troupe/persistence/rules/request_rules.hpp>
#include <utility>

namespace troupe::persistence {

MemoryJournals::Kept& MemoryJournals::at(const std::string& key) {
  return journals_.try_emplace(key, Kept{.ledger = JournalLedger(key)}).first->second;
}

const MemoryJournals::Kept* MemoryJournals::find(const std::string& key) const {
  const auto found = journals_.find(key);
  return found == journals_.end() ? nullptr : &found->second;
}

const JournalLedger& MemoryJournals::ledger(const std::string& key) const {
  static const JournalLedger none;
  const Kept* journal = find(key);
  return journal == nullptr ? none : journal->ledger;
}

void MemoryJournals::carry_out(ClaimJournal& operation) {
  if (ledger(operation.key).ask_claim(operation, false)) {
    at(operation.key).ledger.book_claim(operation);
  }
}

void MemoryJournals::carry_out(AppendEvents& operation, StorageCounts& counts) {
  if (!ledger(operation.key).ask_append(operation, limits_)) return;
  Kept& journal = at(operation.key);
  const std::size_t before = journal.events.size();
  for (std::size_t i = 0; i < operation.events.size(); ++i) {
    journal.events.push_back({.record = std::string(operation.events[i])});
  }
  for (const Tag& tag : operation.tags) {
    TagIndex& index = tags_[tag.name];
    for (const std::uint32_t event : tag.events) {
      index.places[++index.last] = {operation.key, operation.expected + 1 + event};
      journal.events[before + event].tags.emplace_back(tag.name, index.last);
    }
  }
  remove_before(journal, journal.ledger.keeps_from(operation));
  journal.ledger.book_append(operation);
  counts.events += operation.events.size();
}

/// Before the ledger is told: its first event is still the first of `events`.
void MemoryJournals::remove_before(Kept& journal, std::uint64_t first) {
  for (std::uint64_t i = journal.ledger.state().first; i < first; ++i) {
    for (const auto& [tag, place] : journal.events.front().tags) tags_[tag].places.erase(place);
    journal.events.pop_front();
  }
}

void MemoryJournals::carry_out(ReadEvents& operation) const {
  operation.begins = operation.last = 0;
  operation.events.clear();
  answered(operation, Stored::stored);
  const Kept* journal = find(operation.key);
  if (journal == nullptr) return;
  const JournalState& state = journal->ledger.state();
  operation.last = state.last;
  const std::uint64_t begin = std::max({operation.first, state.first, std::uint64_t{1}});
  for (std::uint64_t i = begin; i <= state.last; ++i) {
    const std::string& record = journal->events[i - state.first].record;
    const std::size_t count = operation.events.size();
    if (count >= operation.events_max) return;
    if (count > 0 && operation.events.bytes() + record.size() > operation.bytes_max) return;
    if (count == 0) operation.begins = i;
    operation.events.add(record);
  }
}

void MemoryJournals::carry_out(ReadTag& operation) const {
  operation.events.clear();
  operation.through = operation.after;
  operation.is_end = true;
  answered(operation, Stored::stored);
  const std::uint64_t after = operation.after.empty() ? 0 : operation.after.front().number;
  const auto found = tags_.find(operation.tag);
  const std::uint64_t last = found == tags_.end() ? 0 : found->second.last;
  if (operation.after.size() > 1 || after > last) {
    answered(operation, Stored::refused, tag_is_behind(operation.tag));
    return;
  }
  operation.through = {{0, last}};
  if (found == tags_.end()) return;
  const auto& places = found->second.places;
  std::size_t bytes = 0;
  std::uint64_t through = after;
  for (auto next = places.upper_bound(after); next != places.end(); ++next) {
    const auto& [key, number] = next->second;
    const Kept& journal = journals_.at(key);
    const std::string& record = journal.events[number - journal.ledger.state().first].record;
    bytes += record.size();
    const std::size_t count = operation.events.size();
    if (count >= operation.events_max || (count > 0 && bytes > operation.bytes_max)) {
      operation.through = {{0, through}};
      operation.is_end = false;
      return;
    }
    operation.events.push_back({key, number, record});
    through = next->first;
  }
}

void MemoryJournals::carry_out(EraseJournal& operation) {
  operation.erased = 0;
  if (find(operation.key) == nullptr) {
    answered(operation, Stored::refused, "there is no " + named("journal", operation.key));
    return;
  }
  Kept& journal = at(operation.key);
  if (!journal.ledger.ask_erase(operation)) return;
  remove_before(journal, journal.ledger.state().last + 1);
  journal.snapshot = {};
  journal.ledger.book_erase(operation);
}

void MemoryJournals::carry_out(ListJournals& operation) const {
  operation.journals.clear();
  auto next = journals_.upper_bound(operation.after);
  for (; next != journals_.end() && operation.journals.size() < operation.journals_max; ++next) {
    operation.journals.push_back(next->second.ledger.state());
  }
  operation.is_end = next == journals_.end();
  answered(operation, Stored::stored);
}

void MemoryJournals::carry_out(SaveSnapshot& operation) {
  if (!ledger(operation.key).ask_save(operation, limits_)) return;
  Kept& journal = at(operation.key);
  journal.snapshot = operation.record;
  remove_before(journal, journal.ledger.keeps_from(operation));
  journal.ledger.book_save(operation);
}

void MemoryJournals::carry_out(LoadSnapshot& operation) const {
  operation.number = 0;
  operation.record.clear();
  answered(operation, Stored::stored);
  const Kept* journal = find(operation.key);
  if (journal == nullptr) return;
  operation.number = journal->ledger.state().snapshot;
  operation.record = journal->snapshot;
}

}  // namespace troupe::persistence
