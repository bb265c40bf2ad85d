#include <troupe/persistence/journal_ledger.hpp>

#include <algorithm>
#include <string_view>
#include <troupe/persistence/request_rules.hpp>

namespace troupe::persistence {
namespace {

/// Why the tags make no sense; empty where they do.
std::string_view tag_problem(const AppendEvents& operation) {
  if (operation.tags.size() > operation.events.size() * tags_per_event_max) {
    return "more tags than events may have";
  }
  for (const Tag& tag : operation.tags) {
    if (tag.name.empty() || tag.name.size() > name_bytes_max)
      return "a tag's name is 1 to 255 bytes";
    const auto is_behind = [](std::uint32_t one, std::uint32_t next) { return one >= next; };
    if (std::ranges::adjacent_find(tag.events, is_behind) != tag.events.end()) {
      return "a tag's events are not in order";
    }
    if (!tag.events.empty() && tag.events.back() >= operation.events.size()) {
      return "a tag is on an event that is not there";
    }
  }
  return {};
}

}  // namespace

bool JournalLedger::ask_claim(ClaimJournal& operation, bool owner_is_gone) const {
  operation.token = state_.owner;
  operation.state = {};
  return may_claim(operation, "journal", operation.key, state_.owner, operation.incarnation,
                   operation.gone, owner_is_gone);
}

void JournalLedger::book_claim(ClaimJournal& operation) {
  state_.owner = {.epoch = state_.owner.epoch + 1,
                  .incarnation = operation.incarnation,
                  .instance = operation.instance};
  operation.token = state_.owner;
  operation.state = state_;
  state_.write_number = 0;
  answered(operation, Stored::stored);
}

bool JournalLedger::ask_append(AppendEvents& operation, const StorageLimits& limits) const {
  operation.last = state_.last;
  if (!is_owner(operation, "journal", operation.key, operation.token, state_.owner)) return false;
  if (operation.number == 0) {
    return answered(operation, Stored::refused, "an append of events with the number 0");
  }
  if (operation.number <= state_.write_number) return answered(operation, Stored::again);
  if (operation.expected != state_.last) {
    return answered(operation, Stored::conflict,
                    named("journal", operation.key) + " ends at event " +
                        std::to_string(state_.last) + ", not at " +
                        std::to_string(operation.expected));
  }
  if (operation.keep_from > state_.last + operation.events.size() + 1) {
    return answered(operation, Stored::refused, "keep_from is behind the last event");
  }
  if (const std::string_view why = tag_problem(operation); !why.empty()) {
    return answered(operation, Stored::refused, std::string(why));
  }
  return fits(operation, operation.events, limits);
}

void JournalLedger::book_append(AppendEvents& operation) {
  state_.first = keeps_from(operation);
  state_.last += operation.events.size();
  state_.write_number = operation.number;
  if (operation.applied != Position{}) state_.applied = operation.applied;
  if (!operation.events.empty()) state_.is_erased = false;
  operation.last = state_.last;
  answered(operation, Stored::stored);
}

bool JournalLedger::ask_save(SaveSnapshot& operation, const StorageLimits& limits) const {
  if (!is_owner(operation, "journal", operation.key, operation.token, state_.owner)) return false;
  if (operation.record.size() > limits.snapshot_bytes_max) {
    return answered(operation, Stored::refused,
                    "a snapshot of " + std::to_string(operation.record.size()) +
                        " bytes; the most is " + std::to_string(limits.snapshot_bytes_max));
  }
  if (operation.number > state_.last) {
    return answered(operation, Stored::conflict,
                    named("journal", operation.key) + " ends at event " +
                        std::to_string(state_.last) + ", before the snapshot's " +
                        std::to_string(operation.number));
  }
  if (operation.number == 0 || operation.number < state_.snapshot ||
      operation.keep_from > operation.number + 1) {
    return answered(operation, Stored::refused,
                    "a snapshot up to event " + std::to_string(operation.number) + ", kept from " +
                        std::to_string(operation.keep_from) + ", after one up to " +
                        std::to_string(state_.snapshot));
  }
  return true;
}

void JournalLedger::book_save(SaveSnapshot& operation) {
  state_.first = keeps_from(operation);
  state_.snapshot = operation.number;
  answered(operation, Stored::stored);
}

bool JournalLedger::ask_erase(EraseJournal& operation) const {
  operation.erased = 0;
  return operation.token == Token{} ||
         is_owner(operation, "journal", operation.key, operation.token, state_.owner);
}

void JournalLedger::book_erase(EraseJournal& operation) {
  operation.erased = state_.last + 1 - state_.first;
  // Nobody has the next token yet, so whoever is the owner is fenced.
  if (operation.token == Token{}) state_.owner = {.epoch = state_.owner.epoch + 1};
  state_.first = state_.last + 1;
  state_.snapshot = 0;
  state_.is_erased = true;
  answered(operation, Stored::stored);
}

std::uint64_t JournalLedger::keeps_from(const AppendEvents& operation) const noexcept {
  return std::max(state_.first, operation.keep_from);
}

std::uint64_t JournalLedger::keeps_from(const SaveSnapshot& operation) const noexcept {
  return std::max(state_.first, operation.keep_from);
}

}  // namespace troupe::persistence
