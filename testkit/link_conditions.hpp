// LinkConditions: how well a simulated network carries frames between two nodes.
#pragma once

#include <cstddef>
#include <troupe/base/clock.hpp>

namespace troupe::testkit {

/// Of both ways between two nodes. The default is a network without faults, in which a frame takes
/// a millisecond. Chances are from 0, never, to 1, always; the seed of the network decides each.
struct LinkConditions {
  /// How long a frame is under way: anything between the two. Frames of one connection never
  /// overtake each other; those of different connections, such as two lanes, do where these differ.
  /// From 0, and delay_max not below delay_min: both checked.
  Duration delay_min = std::chrono::milliseconds(1);
  Duration delay_max = std::chrono::milliseconds(1);

  /// The chance of each frame to be lost. A connection that loses a frame is broken, as TCP's are:
  /// what was sent before arrives, nothing after it does, and both ends hear of it. An answer of
  /// the node that was dialled is lost alone, as ZeroMQ drops those that it has no room for.
  double loss = 0;

  /// The chance of each frame to arrive once more, never before itself, whatever has come
  /// meanwhile: from delay_max to twice that less delay_min after it was sent.
  double duplication = 0;

  /// The chance that, when a cut is healed, what was held up goes on, as TCP does. If not, nothing
  /// arrives any more this way on the connections that there were, and their ends are not told.
  double resumption = 1;

  /// Frames that a connection holds each way before it is busy and takes no more messages until
  /// there is room; short answers, such as a welcome, are taken always. Fewer make what is sent
  /// wait in the outbox sooner. Must be positive: checked.
  std::size_t frames_in_flight_max = 8;
};

}  // namespace troupe::testkit
