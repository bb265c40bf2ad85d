// SchemaBook: how the types of events and states looked when they were first stored, so that a type
// that was changed in a way that its stored values do not survive is found before one is read.
//
// On storage it is a journal of its own, in which each event is a name and a description (wire/
// schema.hpp) and no two are equal. This is what a system has read of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <troupe/base/result.hpp>
#include <vector>

namespace troupe::persistence {

/// The key of that journal, which no actor's id can be.
inline constexpr std::string_view schemas_key = "troupe.schemas";

/// A type of which values are stored.
struct StoredType {
  std::string_view name;
  std::string (*describe)();
};

/// Any thread.
class SchemaBook {
 public:
  /// A record of the journal; one that was learned before is passed over. Errors: `malformed`, also
  /// where one before it is missing.
  [[nodiscard]] Result<void> learn(std::uint64_t number, std::string_view record);
  /// Storage has lost what was learned, or it was erased there: what is learned next is the record
  /// after `number`.
  void begin_after(std::uint64_t number);
  /// The number of its last record.
  [[nodiscard]] std::uint64_t last() const;
  /// Whether all are there as they are now, and nothing stored of them is different.
  [[nodiscard]] bool fits(std::span<const StoredType> types) const;
  /// By what a type differs from what is stored, in words; none where what is stored can be read.
  [[nodiscard]] std::optional<std::string> difference(std::span<const StoredType> types) const;
  /// The records of those that are not there as they are now.
  [[nodiscard]] std::vector<std::string> missing(std::span<const StoredType> types) const;

 private:
  [[nodiscard]] bool has(const StoredType& type) const;

  mutable std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::map<std::string, std::set<std::string>, std::less<>> descriptions_;  // By name.
};

}  // namespace troupe::persistence
