// Whether all that a storage has can be read, and adds up: queues, dead letters, journals. Reading
// a record looks at its checksum, where the storage keeps one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <troupe/program/storage/storage_access.hpp>
#include <vector>

namespace troupe::program {

/// What was looked at, and what is wrong with it.
struct CheckReport {
  std::uint64_t queues = 0;
  std::uint64_t messages = 0;  ///< That wait.
  std::uint64_t dead_letters = 0;
  std::uint64_t journals = 0;
  std::uint64_t events = 0;
  std::uint64_t snapshots = 0;
  std::vector<std::string> problems;  ///< The first [100] of them.
};

/// All of it, page by page; it may be worked on meanwhile. Complaints: it cannot be asked.
[[nodiscard]] Outcome<CheckReport> check_all(StorageAccess& storage);
/// One journal, or all of them.
[[nodiscard]] Outcome<CheckReport> check_journals(StorageAccess& storage,
                                                  const std::string& journal = {});

/// The journals in their order; `take` gets each. What is complained of; nothing otherwise.
template <class Take>
[[nodiscard]] std::optional<Complaint> each_journal(StorageAccess& storage, const Take& take) {
  TellJournals request;
  while (true) {
    auto page = storage.ask(request);
    if (!page.value) return page.complaint;
    for (const JournalLine& one : page.value->journals) {
      if (auto complaint = take(one)) return complaint;
    }
    if (page.value->is_end || page.value->journals.empty()) return std::nullopt;
    request.after = page.value->journals.back().journal;
  }
}

/// As each_journal(), of queues.
template <class Take>
[[nodiscard]] std::optional<Complaint> each_queue(StorageAccess& storage, const Take& take) {
  TellQueues request;
  while (true) {
    auto page = storage.ask(request);
    if (!page.value) return page.complaint;
    for (const QueueLine& one : page.value->queues) {
      if (auto complaint = take(one)) return complaint;
    }
    if (page.value->is_end || page.value->queues.empty()) return std::nullopt;
    request.after = page.value->queues.back().queue;
  }
}

}  // namespace troupe::program
