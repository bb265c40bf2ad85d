// The commands queue and dlq, on a storage that has been reached. Each prints what there is to
// print on standard output, and returns what it complains of.
#pragma once

#include <optional>
#include <string>
#include <troupe/program/storage/storage_access.hpp>
#include <troupe/program/storage/storage_order.hpp>
#include <vector>

namespace troupe::program {

// What is printed as JSON.
struct QueuesShown {
  std::vector<QueueLine> queues;
};
struct MessageShown {
  std::uint64_t number = 0;
  std::uint64_t stored_ms = 0;
  std::string type;
  std::string sender;
  std::string message;  ///< JSON, or bytes as "0x...".
  std::uint64_t bytes = 0;
  std::string history;
};
struct QueueShown {
  QueueLine queue;
  std::vector<MessageShown> messages;  ///< The first that wait.
};
struct LetterShown {
  std::uint64_t id = 0;
  std::uint64_t died_ms = 0;
  std::uint32_t attempts = 0;
  std::string error;
  MessageShown message;
};
struct LettersShown {
  std::string queue;
  std::vector<LetterShown> dead_letters;
  bool is_end = false;
};

using Complained = std::optional<Complaint>;

/// Those that only look.
[[nodiscard]] Complained list_queues(StorageAccess& storage, bool as_json);
[[nodiscard]] Complained show_queue(StorageAccess& storage, const StorageOrder& order,
                                    bool as_json);
[[nodiscard]] Complained list_letters(StorageAccess& storage, bool as_json);
[[nodiscard]] Complained show_letters(StorageAccess& storage, const StorageOrder& order,
                                      bool as_json);
/// pause_queue and resume_queue, purge_queue; replay_letters and drop_letters.
[[nodiscard]] Complained steer_queue(StorageAccess& storage, const StorageOrder& order);
[[nodiscard]] Complained handle_letters(StorageAccess& storage, const StorageOrder& order);

/// The ranges that ids are, "3" or "3-7", or all. Complaints: one is none.
[[nodiscard]] Outcome<std::vector<std::pair<std::uint64_t, std::uint64_t>>> id_ranges(
    const StorageOrder& order);

}  // namespace troupe::program
