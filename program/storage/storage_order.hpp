// StorageOrder: what the commands queue, dlq, journal and storage were told to do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace troupe::program {

enum class StorageVerb : std::uint8_t {
  list_queues,
  show_queue,
  pause_queue,
  resume_queue,
  purge_queue,
  list_letters,
  show_letters,
  replay_letters,
  drop_letters,
  list_journals,
  show_journal,
  verify_journals,
  export_journal,
  erase_journal,
  check_storage,
  back_up_storage,
  restore_storage,
};

/// Whether something is taken away for ever.
[[nodiscard]] constexpr bool destroys(StorageVerb verb) noexcept {
  return verb == StorageVerb::purge_queue || verb == StorageVerb::drop_letters ||
         verb == StorageVerb::erase_journal || verb == StorageVerb::restore_storage;
}

struct StorageOrder {
  StorageVerb verb = StorageVerb::list_queues;
  std::string name = {};              ///< Of a queue or a journal, or a file.
  std::vector<std::string> ids = {};  ///< Of dead letters, "3" or "3-7".
  bool all = false;                   ///< Of dead letters.
  bool is_sure = false;               ///< Nothing is asked before something is destroyed.
  std::uint64_t from = 1;             ///< Numbers, or ids, that are shown,
  std::uint64_t most = 20;            ///< and how many at most.
  std::string node = {};              ///< Through which; empty: none was said.
  bool is_place_said = false;         ///< --sqlite or --redis was given.
};

}  // namespace troupe::program
