// SystemSettings: the numbers of one actor system, with their defaults.
//
//   troupe::ActorSystem system("bank", {.workers = 4, .shutdown_timeout = 30s});
//
// They are read when the system is made, and hold for as long as it lives.
#pragma once

#include <memory>
#include <troupe/actor/supervision.hpp>
#include <troupe/base/result.hpp>

namespace troupe {

class ActorJournals;
class DurableMailboxes;

/// Of one system; each has its own. What has no range takes any value.
struct SystemSettings {
  /// Threads that run actors. 0: as many as the machine has cores. At most 1,024. More do not help
  /// actors that block: those are spawned with blocking().
  unsigned workers = 0;

  /// Threads for actors that block. They are started when needed and end after a second without
  /// work. At least 1, at most 4,096.
  unsigned blocking_threads_max = 64;

  /// Threads for functions given to then() whose result comes on a thread that nobody may hold up:
  /// at time-outs, from other nodes, and at the system's end. Past it they wait, in order. They are
  /// started when needed and end after a second without work. At least 1, at most 4,096.
  unsigned continuation_threads_max = 16;

  /// Dead letters kept for a look; 0: none. All are counted. Each costs about 200 bytes.
  std::size_t dead_letters_max = 10'000;

  /// Dead letters logged in one second; the others are counted, and the count is logged with the
  /// first one of a later second, or at shutdown.
  unsigned dead_letter_logs_per_second_max = 10;

  /// Failures of actors, and of their hooks, logged in one second; of the others the number is.
  unsigned failure_logs_per_second_max = 20;

  /// A handler, or a hook, that runs longer is named in a warning, with its actor's path and the
  /// message's type. Must be positive.
  Duration slow_handler = std::chrono::milliseconds(100);

  /// All phases of shutdown together. Must be positive. Longer lets handlers and hooks that run
  /// come to their end; past it what waits becomes dead letters.
  Duration shutdown_timeout = std::chrono::seconds(10);

  /// Messages that one actor may stash, parked ones included. A message past it becomes a dead
  /// letter with `mailbox_full`. 0: none may be stashed.
  std::size_t stash_max = 10'000;

  /// What becomes of an actor at the root that fails [one_for_one, restart: 3 times in 60 s, then
  /// stop].
  SupervisorStrategy guardian_strategy = one_for_one();

  /// Where actors with a durable_mailbox() have it; a Node has NodeSettings::storage for that.
  /// Null: no actor can have one.
  std::shared_ptr<DurableMailboxes> mailboxes = nullptr;

  /// Where persistent actors have their events and states; a Node has NodeSettings::storage for
  /// that. Null: there can be none.
  std::shared_ptr<ActorJournals> journals = nullptr;

  /// Persistent actors that recover at the same time; the others wait for their turn, and their
  /// messages with them. More recover sooner where storage is slow to answer, and take more memory:
  /// up to 1 MiB of events each. At least 1.
  std::size_t recoveries_max = 50;

  /// Names the first setting that is out of its range, and the range: `invalid_setting`. The
  /// constructor of ActorSystem asks it.
  [[nodiscard]] Result<void> validate() const;
};

}  // namespace troupe
