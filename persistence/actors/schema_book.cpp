#include <troupe/persistence/actors/schema_book.hpp>

#include <algorithm>
#include <troupe/persistence/actors/event_record.hpp>
#include <troupe/wire/schema_difference.hpp>

namespace troupe::persistence {

Result<void> SchemaBook::learn(std::uint64_t number, std::string_view record) {
  const std::lock_guard lock(mutex_);
  if (number <= last_) return {};
  if (number != last_ + 1) {
    return Error(ErrorCode::malformed, "schema " + std::to_string(last_ + 1) + " is missing");
  }
  const Result<EventRecord> read = read_event_record(record);
  if (!read.ok()) return read.error();
  descriptions_[std::string(read->type_name)].emplace(read->payload);
  ++last_;
  return {};
}

void SchemaBook::begin_after(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  descriptions_.clear();
  last_ = number;
}

std::uint64_t SchemaBook::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

bool SchemaBook::has(const StoredType& type) const {
  const auto found = descriptions_.find(type.name);
  return found != descriptions_.end() && found->second.contains(type.describe());
}

bool SchemaBook::fits(std::span<const StoredType> types) const {
  if (difference(types)) return false;
  const std::lock_guard lock(mutex_);
  return std::ranges::all_of(types, [this](const StoredType& type) { return has(type); });
}

std::optional<std::string> SchemaBook::difference(std::span<const StoredType> types) const {
  const std::lock_guard lock(mutex_);
  for (const StoredType& type : types) {
    const auto found = descriptions_.find(type.name);
    if (found == descriptions_.end()) continue;
    const std::string here = type.describe();
    for (const std::string& stored : found->second) {
      if (auto words = wire::schema_difference(here, stored)) return words;
    }
  }
  return std::nullopt;
}

std::vector<std::string> SchemaBook::missing(std::span<const StoredType> types) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> records;
  for (const StoredType& type : types) {
    if (has(type)) continue;
    const std::string description = type.describe();
    records.push_back(to_bytes({.type_name = type.name, .fingerprint = 0, .payload = description}));
  }
  return records;
}

}  // namespace troupe::persistence
