// The command journal, on a storage that has been reached. Each prints what there is to print on
// standard output, and returns what it complains of.
#pragma once

#include <string>
#include <troupe/program/storage/queue_commands.hpp>
#include <troupe/program/storage/storage_check.hpp>
#include <vector>

namespace troupe::program {

// What is printed as JSON.
struct JournalsShown {
  std::vector<JournalLine> journals;
};
struct EventShown {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;
  std::string event;  ///< JSON, or bytes as "0x...".
};
struct JournalShown {
  std::string journal;
  std::uint64_t last = 0;
  std::uint64_t snapshot = 0;
  std::vector<EventShown> events;
};
/// A line of an export. The first one is of the snapshot, where there is one.
struct ExportedRecord {
  std::string kind;  ///< "snapshot" or "event".
  std::uint64_t number = 0;
  StoredBytes record;
};

[[nodiscard]] Complained list_journals(StorageAccess& storage, bool as_json);
[[nodiscard]] Complained show_journal(StorageAccess& storage, const StorageOrder& order,
                                      bool as_json);
[[nodiscard]] Complained verify_journals(StorageAccess& storage, const StorageOrder& order);
[[nodiscard]] Complained export_journal(StorageAccess& storage, const StorageOrder& order);
[[nodiscard]] Complained erase_journal(StorageAccess& storage, const StorageOrder& order);

/// Prints what was looked at. What is wrong with it.
[[nodiscard]] Complained print_report(const CheckReport& report);

}  // namespace troupe::program
