#include <troupe/persistence/rules/journal_ledger.hpp>

#include <algorithm>
#include <string_view>
#include <troupe/persistence/rules/request_rules.hpp>

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

bool gives_up(const AppendEvents& operation) {
  return operation.releases && operation.events.empty();
}

}  // namespace

bool makes_sense(ClaimJournal& request, const StorageLimits& /*limits*/) {
  return has_incarnation(request, request.incarnation);
}

bool makes_sense(AppendEvents& request, const StorageLimits& limits) {
  if (request.number == 0) {
    return answered(request, Stored::refused, "an append of events with the number 0");
  }
  if (!gives_up(request) && request.keep_from > request.expected + request.events.size() + 1) {
    return answered(request, Stored::refused, "keep_from is behind the last event");
  }
  if (const std::string_view why = tag_problem(request); !why.empty()) {
    return answered(request, Stored::refused, std::string(why));
  }
  return fits(request, request.events, limits);
}

bool makes_sense(SaveSnapshot& request, const StorageLimits& limits) {
  if (request.record.size() > limits.snapshot_bytes_max) {
    return answered(request, Stored::refused,
                    "a snapshot of " + std::to_string(request.record.size()) +
                        " bytes; the most is " + std::to_string(limits.snapshot_bytes_max));
  }
  if (request.number != 0 && request.keep_from <= request.number + 1) return true;
  return answered(request, Stored::refused,
                  "a snapshot up to event " + std::to_string(request.number) +
                      ", of which events are kept from " + std::to_string(request.keep_from));
}

bool JournalLedger::ask_claim(ClaimJournal& operation, bool owner_is_gone) const {
  operation.token = state_.owner;
  operation.state = {};
  return makes_sense(operation, {}) &&
         may_claim(operation, "journal", operation.key, state_.owner, operation.incarnation,
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
  if (!makes_sense(operation, limits)) return false;
  if (operation.number <= state_.write_number) return answered(operation, Stored::again);
  if (operation.expected == state_.last || gives_up(operation)) return true;
  return answered(operation, Stored::conflict,
                  ends_elsewhere(operation.key, state_.last, operation.expected));
}

void JournalLedger::book_append(AppendEvents& operation) {
  state_.first = keeps_from(operation);
  state_.last += operation.events.size();
  state_.write_number = operation.number;
  if (operation.applied != Position{}) state_.applied = operation.applied;
  if (!operation.events.empty()) state_.is_erased = false;
  if (operation.releases) state_.owner = {.epoch = state_.owner.epoch};
  operation.last = state_.last;
  answered(operation, Stored::stored);
}

bool JournalLedger::ask_save(SaveSnapshot& operation, const StorageLimits& limits) const {
  if (!is_owner(operation, "journal", operation.key, operation.token, state_.owner)) return false;
  if (!makes_sense(operation, limits)) return false;
  if (operation.number > state_.last) {
    return answered(operation, Stored::conflict,
                    ends_elsewhere(operation.key, state_.last, operation.number));
  }
  if (operation.number >= state_.snapshot) return true;
  return answered(operation, Stored::refused, is_older(operation.number, state_.snapshot));
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
