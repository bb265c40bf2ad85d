// TransportSettings: the limits and times of the links to other nodes, with their defaults.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <troupe/base/clock.hpp>
#include <troupe/base/result.hpp>
#include <troupe/transport/liveness/failure_detector.hpp>

namespace troupe {

/// A value, given to a node by NodeSettings::transport; it cannot be changed while the node runs.
struct TransportSettings {
  /// Nodes of different clusters refuse each other. 1 to 255 bytes.
  std::string cluster = "troupe";

  /// Which process this is, for people: other nodes name it where a second process comes with the
  /// same name and address. A node that is given none says its host, process id and start. At most
  /// 255 bytes.
  std::string process = {};

  /// The longest frame, and so about the longest message. A message past it, or past that of the
  /// node that it is for, is refused with `frame_too_large`; one that comes nevertheless is refused
  /// here. A frame of more than 256 KiB travels in pieces of that size, so no connection costs
  /// memory for more before it is known whose it is. 1 KiB to 1 GiB.
  std::size_t frame_bytes_max = std::size_t{16} << 20U;

  /// A longer message takes the large lane, a connection of its own, where it delays no others.
  /// 1 KiB to 1 GiB.
  std::size_t large_message_bytes = std::size_t{64} << 10U;

  /// Bytes of large messages that one peer may have under way to this node, or waiting here for
  /// what it has sent before them; others wait at the peer. A message on its own is always taken.
  /// More hides longer ways. Besides, a peer may have one frame in pieces on each lane. Positive.
  std::size_t held_bytes_max = std::size_t{64} << 20U;

  /// What may wait to be sent to one peer; a message past it is refused with `link_full`. More
  /// bridges longer pauses of the peer and costs memory while it pauses. Both positive.
  std::size_t outbox_bytes_max = std::size_t{64} << 20U;
  std::size_t outbox_messages_max = 100'000;

  /// Who sends with `co_await send(...)` waits while so many bytes wait on the link already. More
  /// does not send faster; it only delays what is sent later. 1 to outbox_bytes_max.
  std::size_t send_waits_at_bytes = std::size_t{1} << 20U;

  /// What may wait at one actor here of what one peer has sent. A peer is told to hold an actor
  /// where that is reached, until half of it is handled: meanwhile its senders wait in
  /// `co_await send(...)` and its other messages for that actor are refused there with
  /// `mailbox_full`. More bridges longer pauses of an actor and costs memory while it pauses. What
  /// is under way then is still taken, as far as it is no more than two outboxes could hold. Each
  /// message counts as at least unhandled_bytes_max / unhandled_messages_max bytes. Must be
  /// positive.
  std::size_t unhandled_bytes_max = std::size_t{64} << 20U;
  std::size_t unhandled_messages_max = 100'000;

  /// System messages (watches, their ends, supervision) to one peer that may be sent and not
  /// acknowledged; what is more waits here, up to the second number. Past that new watches,
  /// children and users' orders are refused, and a peer that is no member of this node's cluster is
  /// declared down; ends are taken all the same. The first is positive, the second no smaller.
  std::size_t system_messages_max = 20'000;
  std::size_t system_waiting_max = 1'000'000;

  /// Bytes of these, with the same past them. And bytes of one peer's system messages that may wait
  /// here for what it has sent before them: one past that is not acknowledged, and has to come
  /// again. A message on its own is always taken. Must be positive.
  std::size_t system_waiting_bytes_max = std::size_t{64} << 20U;

  /// A peer that does not acknowledge a system message for so long is declared down. Must be
  /// positive.
  Duration system_delivery_max = std::chrono::seconds(30);

  /// System messages are sent again when no acknowledgement has come for so long. Must be positive.
  Duration system_resend_after = std::chrono::seconds(1);

  /// Asks of other nodes' actors that may be under way; one past it is refused with
  /// `limit_reached`. Each costs about 80 bytes. Positive.
  std::size_t pending_asks_max = 1'000'000;

  /// Remote paths that refs here may name at one time, some 300 bytes each. Past it:
  /// `limit_reached`. Positive.
  std::size_t paths_max = 100'000;

  /// Of so many paths refs hold good for ever. Where more are known, those are forgotten that were
  /// not used for forget_after, or for dead_connection_after where there is no room for another
  /// one: named, sent to, or watched. Refs keep nothing alive, so one that names such a path is
  /// refused with `no_such_actor` from then on, and has to be selected anew; an order to stop,
  /// drain or kill by it does nothing, and is logged.
  std::size_t paths_kept = 10'000;

  /// Lives of other nodes that may be known at one time: about 10 KiB each. One that is over is
  /// forgotten soon; one that was never connected for longer than a hello goes first where there is
  /// no room. A node past the limit is refused with `limit_reached`. Refs may name as many more,
  /// some 400 bytes each: past that a life that nobody uses is forgotten, and what is sent by a ref
  /// to it ends with `node_down`. And so many addresses may be sent to where nobody was reached
  /// yet: past it the first of them give way, those first on which nothing waits, then those that
  /// were tried for a second; what waits there ends with `node_down`. Positive.
  std::size_t peers_max = 10'000;

  /// A life of another node that nobody here depends on, and of which nothing was heard for so
  /// long, and for two of its heartbeats if it is connected, counts as over and is forgotten; so is
  /// the link to an address where nobody was, or to which nothing was sent for so long without a
  /// connection. That nobody was ever reached at an address NodeDown says no more than once in this
  /// time. Lower keeps less of clients that come and go. A node that was silent for longer has been
  /// given up, as after down_after. At least 1 s.
  Duration forget_after = std::chrono::minutes(10);

  /// A link to a member of this node's cluster on which nothing was sent for so long, and at most
  /// twice as long, is hung up, where nobody here or there depends on it: no watch, child, ask or
  /// message of either, and no session of the peer's goes on its connections. The next message
  /// dials it again. Whether the member lives is the cluster's to say, by links of its own, on
  /// which something is sent each heartbeat. Lower keeps fewer connections and heartbeats; higher
  /// dials less often. At least 1 s; Duration::max() never.
  Duration idle_after = std::chrono::seconds(60);

  /// Addresses of other nodes that are not the ones by which those name themselves: what is sent
  /// there takes the link of the node's own address. One past the limit counts as unreachable. A
  /// node that is declared down loses its aliases.
  std::size_t aliases_max = 1'000;

  /// Lives of other nodes that are over and are remembered as such, so that one that is heard of
  /// late, or was only thought to be dead, is refused. One more makes the life that ended first be
  /// forgotten. About 150 bytes each. At least 1.
  std::size_t ended_lives_max = 10'000;

  /// Types of messages whose schemas a node tells when it connects, in the order in which they
  /// became known to it: 16 bytes each, and at most half a frame. A type past that is compared when
  /// its first message comes. At most 8,192.
  std::size_t announced_types_max = 4'096;

  /// What a node remembers of a peer's types that it does not know itself, for when it comes to
  /// know them: so many, with descriptions of so many bytes together. A type past that is compared
  /// each time the peer names it. Both are for each life of each peer.
  std::size_t learned_types_max = 4'096;
  std::size_t learned_types_bytes_max = std::size_t{1} << 20U;

  /// A peer that has not answered a connection within this time is unreachable. Four fifths of it
  /// at most are for looking up the host's name and finding one of its addresses that answers,
  /// which share it evenly; the rest is for the hello. Must be positive.
  Duration handshake_timeout = std::chrono::seconds(5);

  /// Addresses that may be tried at a time, each with a file descriptor; a quarter of the process's
  /// limit of these where that is less. One more takes the place of the one that was begun first,
  /// once that has had a second, or at once that of one that is dialled again after a dial in vain.
  /// More finds peers sooner while many others do not answer at all. Must be positive.
  std::size_t dials_at_once_max = 256;

  /// Pause before an unreachable peer is dialled again, doubled for each further try up to the
  /// second value, each shortened at random by up to a fifth. Lower finds a peer that is back
  /// sooner; each try costs one connection attempt. Must be positive, the second no smaller.
  Duration redial_pause = std::chrono::milliseconds(200);
  Duration redial_pause_max = std::chrono::seconds(5);

  /// Pause before a peer that could not be dialled, and is reached on the connections that it has
  /// made itself, is tried again at its address, doubled for each further try up to the second
  /// value, each shortened at random by up to a fifth. Where it answers there, its messages go on
  /// connections that are dialled again. Lower finds that sooner; each try costs one connection
  /// attempt. Must be positive, the second no smaller; the first Duration::max() to never try.
  Duration return_pause = std::chrono::seconds(10);
  Duration return_pause_max = std::chrono::minutes(5);

  /// A connection of another's that has said no valid hello within this time is ended, and one on
  /// which nothing was said at all waits in the kernel for about as long before. Lower holds
  /// strangers back; higher bears slower networks. 100 ms to 60 s.
  Duration hello_timeout = std::chrono::seconds(5);

  /// Connections of others that may be open and have said no valid hello yet; past it the oldest of
  /// them is ended. Lower keeps more memory and file descriptors from strangers; nodes that begin
  /// all at once need some. Must be positive.
  std::size_t unproven_connections_max = 256;

  /// A connection whose other end acknowledges nothing for so long is ended by the kernel, whoever
  /// has made it, also when nothing is being sent: where its machine has lost its power or a
  /// firewall its memory. Lower frees what it costs sooner. 3 s to 1 h.
  Duration dead_connection_after = std::chrono::seconds(30);

  /// Raises the process's soft limit of file descriptors to its hard one when the node starts; a
  /// peer takes eight. Turn it off in a program that uses select().
  bool raise_descriptor_limit = true;

  /// Pause between heartbeats to a peer, which is told it, so that nodes may have different ones.
  /// Lower detects silence sooner; each costs two small frames. Must be positive.
  Duration heartbeat_interval = std::chrono::seconds(1);

  /// When the silence of a connected peer means that it is unreachable.
  transport::FailureDetectorSettings silence = {};

  /// A connection on which nothing arrives for so long, although something was sent on it, counts
  /// as dead while the peer answers heartbeats on another one: the link is unreachable, and dialled
  /// again. A long frame has in addition the time that it takes at the second value, which is the
  /// slowest connection that is alive. Lower finds a dead connection sooner; higher bridges longer
  /// series of lost packets. Must be positive; Duration::max() to wait for TCP's own time-outs.
  Duration lane_stall_max = std::chrono::seconds(10);
  std::size_t lane_bytes_per_second_min = std::size_t{16} << 10U;

  /// A peer that has been unreachable for so long is declared down: those who watch its actors hear
  /// `node_down`. Lower acts sooner; higher bridges longer interruptions of the network.
  /// Duration::max() where somebody else decides, by declare_down(). Must be positive.
  Duration down_after = std::chrono::seconds(10);

  /// Whether a peer that this node has given up by itself, for down_after or another limit, is down
  /// for good, as one that was declared so by declare_down(). If not, and if the peer does not want
  /// it otherwise, the two go on where they meet again, without anything that they held of each
  /// other before: see NodeReturned. For who decides together with others which nodes are there.
  bool down_is_final = false;

  /// The thread that serves the links looks for more work for so long before it sleeps, while that
  /// pays: waking up costs more than most answers take. 0: it sleeps at once. Not negative.
  Duration busy_poll_max = std::chrono::microseconds(200);

  /// What is in the outboxes when the node stops is still sent for this long. 0: it is dropped. Not
  /// negative.
  Duration linger = std::chrono::milliseconds(500);

  /// Names the first setting that is out of its range, and the range. Any thread. Errors:
  /// `invalid_setting`.
  [[nodiscard]] Result<void> validate() const;
};

namespace transport {

/// Twice a limit, or the highest there is.
[[nodiscard]] constexpr std::size_t twice(std::size_t limit) noexcept {
  return limit > SIZE_MAX / 2 ? SIZE_MAX : 2 * limit;
}

/// Messages of one peer that may be under way to this node: what may be in the outbox there, if
/// that is no smaller than this node's or than usual, and as much again between.
[[nodiscard]] std::size_t messages_under_way_max(const TransportSettings& settings) noexcept;

}  // namespace transport
}  // namespace troupe
