// The scripts of durable queues in Redis: what the ledgers do elsewhere is done by the server, in
// one step for each operation.
//
// Keys of a queue, all in one slot of a Redis Cluster; b is its bucket, T "troupe:<cluster>":
//
//   T:{b}:q:<name>   stream  messages; id "<number of the first>-0", fields t wall ms, f bytes
//   before,
//                            z sizes (4 bytes each, least significant first), h history, r records
//   T:{b}:m:<name>   hash    the state: see queue_prelude.hpp
//   T:{b}:p:<name>   hash    producer -> batch, taken, first number and its ms
//   T:{b}:d:<name>   stream  dead letters; id "<id>-0"
//   T:{b}:queues     zset    names, all with the score 0
//   T:{b}:wake       stream  q: a queue that others than its owner's node have added to
#pragma once

#include <troupe/persistence/redis/command.hpp>
#include <vector>

namespace troupe::persistence {

struct QueueScripts {
  QueueScripts();
  const redis::Script claim;
  const redis::Script append;
  const redis::Script known;  // Whether a batch was stored, where nothing more can be.
  const redis::Script read;
  const redis::Script settle;
  const redis::Script control;
  const redis::Script show;
  const redis::Script list;
  const redis::Script letters;
  const redis::Script handle_letters;
  const redis::Script drop;
  const redis::Script restore;  // What another life of the server has lost.
  const redis::Script news;     // Which of some queues have more than is known.

  [[nodiscard]] std::vector<redis::Script> all() const;
};

/// Made once.
[[nodiscard]] const QueueScripts& queue_scripts();

}  // namespace troupe::persistence
