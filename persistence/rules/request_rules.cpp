#include <troupe/persistence/rules/request_rules.hpp>

#include <troupe/base/printable.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

constexpr std::size_t shown_bytes = 80;

}  // namespace

bool answered(Operation& operation, Stored outcome, std::string why) {
  operation.outcome = outcome;
  operation.why = std::move(why);
  return false;
}

std::string named(std::string_view what, std::string_view name) {
  return std::string(what) + " '" + printable(name, shown_bytes) + "'";
}

bool has_name(Operation& operation, std::string_view what, std::string_view name) {
  if (!name.empty() && name.size() <= name_bytes_max) return true;
  return answered(operation, Stored::refused,
                  named(what, name) + " has a name of " + std::to_string(name.size()) +
                      " bytes; names have 1 to " + std::to_string(name_bytes_max));
}

bool fits(Operation& operation, const Records& records, const StorageLimits& limits) {
  const auto refuse = [&](std::string_view what, std::size_t value, std::size_t most) {
    return answered(operation, Stored::refused,
                    std::string(what) + " of " + std::to_string(value) + "; the most is " +
                        std::to_string(most));
  };
  if (records.size() > limits.batch_records_max) {
    return refuse("a batch with a number of records", records.size(), limits.batch_records_max);
  }
  if (records.bytes() > limits.batch_bytes_max) {
    return refuse("a batch with bytes", records.bytes(), limits.batch_bytes_max);
  }
  if (records.bytes() <= limits.record_bytes_max) return true;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].size() > limits.record_bytes_max) {
      return refuse("a record with bytes", records[i].size(), limits.record_bytes_max);
    }
  }
  return true;
}

std::string settles_too_much(std::string_view queue, std::uint64_t through, std::uint64_t last) {
  return "message " + std::to_string(through) + " of " + named("queue", queue) +
         " is settled, and the last one is " + std::to_string(last);
}

std::string is_in_use(std::string_view queue, std::uint64_t messages, std::uint64_t letters) {
  return named("queue", queue) + " holds " + std::to_string(messages) + " messages and " +
         std::to_string(letters) + " dead letters";
}

std::string is_not_there(std::string_view queue) { return "there is no " + named("queue", queue); }

std::string ends_elsewhere(std::string_view key, std::uint64_t last, std::uint64_t expected) {
  return named("journal", key) + " ends at event " + std::to_string(last) + ", not at " +
         std::to_string(expected);
}

std::string is_older(std::uint64_t number, std::uint64_t snapshot) {
  return "a snapshot up to event " + std::to_string(number) + " after one up to " +
         std::to_string(snapshot);
}

std::string is_full(std::string_view path) {
  return std::string(path) + ": the disk, or the file, is full";
}

std::string tag_is_behind(std::string_view tag) {
  return named("tag", tag) +
         " is read from an offset of another storage, or of a time that storage has lost";
}

bool is_owner(Operation& operation, std::string_view what, std::string_view name,
              const Token& token, const Token& owner) {
  if (token == owner && token.incarnation != 0) return true;
  return answered(
      operation, Stored::fenced,
      named(what, name) + " belongs to " + to_string(owner) + ", not to " + to_string(token));
}

bool has_incarnation(Operation& operation, std::uint64_t incarnation) {
  return incarnation != 0 || answered(operation, Stored::refused, "a claim without an incarnation");
}

bool may_claim(Operation& operation, std::string_view what, std::string_view name,
               const Token& owner, std::uint64_t incarnation, const Token& gone,
               bool owner_is_gone) {
  // An erased journal has an epoch and no owner.
  const bool is_free = owner.incarnation == 0 || owner_is_gone;
  if (is_free || owner.incarnation == incarnation || owner == gone) {
    return true;
  }
  return answered(
      operation, Stored::owned,
      named(what, name) + " belongs to " + to_string(owner) + ", which is not known to be down");
}

}  // namespace troupe::persistence
