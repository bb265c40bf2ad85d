// QueueState: what storage knows of one queue, with its books.
#pragma once

#include <cstdint>
#include <string>
#include <troupe/persistence/position.hpp>
#include <troupe/persistence/token.hpp>

namespace troupe::persistence {

/// Of messages, from the queue's beginning on: they survive restarts. At any moment
/// stored = settled + dead + expired + purged + waiting. A replayed one is stored once more.
struct QueueBooks {
  std::uint64_t stored = 0;
  std::uint64_t settled = 0;  ///< Handled.
  std::uint64_t dead = 0;     ///< Gone to the dead-letter queue.
  std::uint64_t expired = 0;  ///< The deadline of their ask was over.
  std::uint64_t purged = 0;   ///< By ControlQueue.
  std::uint64_t waiting = 0;

  friend bool operator==(const QueueBooks&, const QueueBooks&) = default;
};

/// How often the first message of those that wait was begun. One only: nothing behind a message
/// that failed is handled before it is settled.
struct Attempts {
  std::uint64_t number = 0;  ///< Of the message; 0 for none.
  std::uint32_t count = 0;

  friend bool operator==(const Attempts&, const Attempts&) = default;
};

struct QueueState {
  std::string name = {};
  Token owner = {};      ///< Its incarnation is 0 where nobody has claimed it, or it was released.
  Position last = {};    ///< Of the last message that was stored.
  Position cursor = {};  ///< Everything up to it is settled.
  Attempts attempts = {};
  std::uint64_t settle_number = 0;  ///< Of the owner's last SettleBatch that was stored.
  std::uint64_t waiting_bytes = 0;
  std::uint64_t dead_letters = 0;  ///< That are kept just now.
  bool is_paused = false;          ///< Its owner handles nothing; appending goes on.
  QueueBooks books = {};
};

}  // namespace troupe::persistence
