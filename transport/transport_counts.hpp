// TransportCounts: the books of one node's links.
//
// What was sent is counted when an outbox has taken it; what was dropped here, in either direction,
// is counted under its reason.
//
// For a monitor that asks now and then, Node::link_counts() and Node::links():
//
//   const troupe::TransportCounts counts = node.link_counts();
//   if (counts.dropped(troupe::ErrorCode::link_full) != 0) ...  // a peer is slower than its
//   senders
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <troupe/actor/actor_path.hpp>
#include <troupe/base/error.hpp>

namespace troupe {

/// The books of the link to one address: sent == delivered + dropped of all reasons + in flight.
///
/// Of the states, "idle" is one where nobody has wanted to talk yet, or for long. "handshaking":
/// the peer is being dialled, and messages wait. "open": they go out. "gated": the peer is
/// unreachable, and messages are refused at once; "probing": still so, while it is dialled again.
/// "quarantined": the life that was there is over; the next message finds out whether there is
/// another. "closed": it takes no more.
struct LinkCounts {
  NodeAddress address;
  std::uint64_t incarnation = 0;  ///< That was heard of last; 0 for none.
  std::string_view state;         ///< "open", "gated" and so on; see association.hpp. "alias":
                                  ///< what is sent there is in another link's books.
  NodeAddress alias_of;           ///< Of an alias: the address of that link.
  std::uint64_t sent = 0;         ///< Tells, asks and answers, with those that were refused.
  std::uint64_t delivered = 0;    ///< The peer has said that it received them.
  std::uint64_t in_flight = 0;    ///< Waiting here, on their way, or not heard of yet.
  std::array<std::uint64_t, error_code_count> dropped{};  ///< By reason.
  /// Not in `sent` yet: sent with `co_await send(...)`, or for one life of a node while it is not
  /// known yet which one is there.
  std::size_t waiting_for_room = 0;
  std::size_t held_targets = 0;          ///< Actors there that are not to be sent to for now.
  std::size_t system_waiting = 0;        ///< System messages that are not acknowledged.
  std::size_t system_waiting_bytes = 0;  ///< Of these.
  std::size_t watches = 0;               ///< Of actors here, of actors there.
  std::uint8_t version = 0;  ///< Of the protocol, that the last session speaks; 0 before any.
  /// The peer cannot be dialled: what is for it goes on connections that it has made itself.
  bool is_reverse = false;
};

/// The books of all links of a node, those that were forgotten too. What there is now, such as
/// in_flight, aliases or peers_now, goes up and down; all else counts from the node's start on.
/// Other threads count on meanwhile, so fields may be some messages apart.
struct TransportCounts {
  std::uint64_t sent = 0;  ///< Sum of LinkCounts::sent, as the next two.
  std::uint64_t delivered = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t missed = 0;  ///< Messages of others that were lost before they came here.
  /// Messages of other nodes to actors here, and the answers to what was asked from here.
  std::uint64_t tells_received = 0;
  std::uint64_t asks_received = 0;
  std::uint64_t replies_received = 0;  ///< Values and errors, late ones too.
  std::uint64_t late_replies = 0;      ///< Nobody waited for them any more.
  /// Frames and their bytes, heartbeats, handshakes and answers too, on whichever connection,
  /// without what ZeroMQ, its encryption and TCP put around them.
  std::uint64_t frames_sent = 0;
  std::uint64_t frames_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::array<std::uint64_t, error_code_count> dropped_out{};  ///< Messages that did not leave.
  std::array<std::uint64_t, error_code_count> refused_in{};   ///< Frames and messages refused.
  std::uint64_t held_bytes = 0;      ///< Of others' frames that are not whole yet, and of those
                                     ///< and of system messages that wait here for what must
                                     ///< come before them: at present.
  std::uint64_t unknown_kinds = 0;   ///< Messages of kinds that this version does not know.
  std::uint64_t holds_sent = 0;      ///< How often a peer was told to hold an actor here.
  std::uint64_t holds_received = 0;  ///< How often one was to be held here, by each of its names.
  std::uint64_t held_targets = 0;    ///< Actors here that peers are to hold now.
  std::uint64_t aliases = 0;         ///< Links whose node is known by another address.
  std::uint64_t reverse_links = 0;   ///< Links whose peer cannot be dialled; see LinkCounts.
  /// Tries to dial peers again that could not be dialled, and how many sessions went on there.
  std::uint64_t return_tries = 0;
  std::uint64_t returns = 0;
  std::uint64_t lanes_stalled = 0;      ///< Sessions that ended because a connection was dead.
  std::uint64_t types_refused = 0;      ///< Types that mean another at one peer; see the log.
  std::uint64_t types_unannounced = 0;  ///< That handshakes had no room for, over all of them.
  std::uint64_t names_refused = 0;      ///< Of actors elsewhere, that were no paths or too long.
  std::uint64_t connections_ended = 0;  ///< Connections of others to this node.
  std::uint64_t late_frames = 0;        ///< From connections whose session was over already.
  /// Signals of other nodes, about watches and children, that were passed over: they came too late
  /// or again, as happens, or were no business of the node that sent them. The log names the last.
  std::uint64_t signals_passed_over = 0;
  /// Watches, children and users' orders to end for other nodes that were refused as more system
  /// messages waited than may: see TransportSettings::system_waiting_max.
  std::uint64_t system_refused = 0;
  std::uint64_t log_lines_suppressed = 0;  ///< About others, who caused too many at once.
  /// About what was logged already, within the interval in which that is said once.
  std::uint64_t log_lines_repeated = 0;
  std::uint64_t own_pauses = 0;   ///< For which this node blamed no peer; see heartbeat_interval.
  std::uint64_t lives_ended = 0;  ///< Lives of other nodes that are over; one NodeDown each.
  std::uint64_t lives_returned = 0;  ///< Of these, those that came back; one NodeReturned each.
  /// Addresses of which the epoch is remembered: those of the lives that were met and are not over,
  /// and 4,096 others at most; and how many were forgotten as there were more of these.
  std::uint64_t pairs_remembered = 0;
  std::uint64_t pairs_forgotten = 0;
  /// Hellos that were refused, and welcomes that were passed over, because another process with
  /// that name and address is connected.
  std::uint64_t name_clashes = 0;
  /// Those among the ended connections that were a peer's and in use, and ended without its
  /// farewell: the peer or the network has ended them, or a message of more than 512 KiB came, for
  /// which ZeroMQ ends a connection and does not say so.
  std::uint64_t connections_broken = 0;
  std::uint64_t lives_forgotten = 0;  ///< Of the ended lives, those past ended_lives_max.
  std::uint64_t peers_now = 0;        ///< Lives of other nodes that are known; see peers_max.
  std::uint64_t peers_forgotten = 0;  ///< Those that were known and nobody needed any more.
  /// Lives of other nodes that refs here name: at most twice peers_max, and some that are over.
  std::uint64_t named_lives_now = 0;
  /// Those that were over for long, or that nobody used while there was no room.
  std::uint64_t named_lives_forgotten = 0;
  std::uint64_t links_now = 0;        ///< Addresses of other nodes that are known.
  std::uint64_t links_forgotten = 0;  ///< Those that nobody needed any more.
  /// Of these, those that gave way to others, as nobody had answered there: see peers_max.
  std::uint64_t links_gave_way = 0;
  std::uint64_t links_hung_up = 0;    ///< How often one was, as nobody needed it: see idle_after.
  std::uint64_t paths_now = 0;        ///< Remote paths that refs here name; see paths_max.
  std::uint64_t paths_forgotten = 0;  ///< Those that were not used for long; see paths_kept.
  /// Those among the ended connections that never said a valid hello.
  std::uint64_t connections_unproven = 0;
  /// Connections of others that this node ended or did not take: no hello in time, too many without
  /// one, no file descriptors left, or a message that does not end; of its own, for the last.
  std::uint64_t connections_hung_up = 0;
  /// Connections not made for want of descriptors or memory, or of a place among
  /// dials_at_once_max.
  std::uint64_t dials_lacking = 0;
  std::uint64_t descriptors_used = 0;  ///< File descriptors of the whole process, now.
  std::uint64_t descriptors_max = 0;   ///< As many as it may have.

  /// Messages for other nodes that were dropped here for this reason.
  [[nodiscard]] std::uint64_t dropped(ErrorCode reason) const noexcept {
    return dropped_out[static_cast<std::size_t>(reason)];
  }
  /// Frames or messages from elsewhere that were refused here for this reason.
  [[nodiscard]] std::uint64_t refused(ErrorCode reason) const noexcept {
    return refused_in[static_cast<std::size_t>(reason)];
  }
};

namespace transport {

/// A count that any thread changes. Relaxed: it orders nothing, and is exact once nobody counts.
class Tally {
 public:
  void add(std::uint64_t more = 1) noexcept { value_.fetch_add(more, std::memory_order_relaxed); }
  void take_back(std::uint64_t less) noexcept { value_.fetch_sub(less, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t get() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Counts by reason. Any thread.
class Reasons {
 public:
  void add(ErrorCode reason, std::uint64_t more = 1) noexcept {
    tallies_[static_cast<std::size_t>(reason)].add(more);
  }
  [[nodiscard]] std::array<std::uint64_t, error_code_count> get() const noexcept {
    std::array<std::uint64_t, error_code_count> counts{};
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = tallies_[i].get();
    return counts;
  }

 private:
  std::array<Tally, error_code_count> tallies_;
};

}  // namespace transport
}  // namespace troupe
