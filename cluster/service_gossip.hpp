// ServiceGossip: how the lists of services come to all members. Pure: events and the time go in,
// messages come out.
//
//   what                 when                                    to whom
//   news of a change     within `gather` of it, once             the owner's neighbours by the
//   owner;
//                                                                from there on to their neighbours
//                                                                that are not the owner's
//   own versions         a beat shows another digest that is     who has sent the beat
//                        not news under way
//   news, or versions    versions that others have sent, which   who has sent them
//                        show that it, or this node, lacks some
//
// Neighbours are who watches whom (watch_rings.hpp): they have links and exchange beats anyhow,
// and those carry the digest. So an idle cluster sends nothing for this but nine bytes a beat,
// what is lost is found by the beats, and nobody keeps what others know. Owner only.
#pragma once

#include <cstdint>
#include <map>
#include <troupe/base/clock.hpp>
#include <troupe/cluster/membership_times.hpp>
#include <troupe/cluster/messages.hpp>
#include <troupe/cluster/service_registry.hpp>
#include <troupe/cluster/view.hpp>
#include <troupe/cluster/watch_rings.hpp>
#include <utility>
#include <vector>

namespace troupe::cluster {

class ServiceGossip {
 public:
  /// The registry outlives it.
  ServiceGossip(ServiceRegistry& registry, Identity self, const DetectionSettings& detection);

  /// The members are these now: who has lists, and who is whose neighbour.
  void on_view(const View& view, TimePoint now);
  /// The own list has changed since it had this version.
  void on_own_change(std::uint64_t since, TimePoint now);
  /// A beat of another member has come, with its digest.
  void on_beat(const Identity& from, std::uint64_t digest, TimePoint now);
  /// A message of another member of this cluster.
  void receive(const Identity& from, const ServiceVersions& versions, TimePoint now);
  void receive(const Identity& from, const ServiceNews& news, TimePoint now);

  /// Does what is due.
  void advance(TimePoint now);
  [[nodiscard]] TimePoint next_time() const noexcept { return tell_at_; }

  using Sent = std::vector<std::pair<Identity, Message>>;
  /// Moves out what is to be sent.
  [[nodiscard]] Sent take_sent() { return std::exchange(sent_, {}); }

  /// Lists of others that made no sense.
  [[nodiscard]] std::uint64_t malformed() const noexcept { return malformed_; }

 private:
  struct Neighbour {
    TimePoint differs_since = TimePoint::min();  // Of who is new: asked at its first beat.
    TimePoint next_exchange = TimePoint::min();
    std::uint64_t first = 0;  // Of the owners that are compared next.
  };
  /// A list that has changed, until that is told.
  struct Change {
    std::uint64_t since = 0;
    Identity known_to;  ///< Who has told it last, so all of it.
  };

  void note_change(std::uint64_t owner, std::uint64_t since, const Identity& from, TimePoint now);
  void tell_changes();
  void send_versions(const Identity& to, std::uint64_t first, std::uint64_t last, bool is_answer);
  void exchange(const Identity& with, Neighbour& neighbour, TimePoint now);
  [[nodiscard]] bool are_neighbours(const Identity& one, const Identity& other) const {
    return rings_.watches(one, other) || rings_.watches(other, one);
  }

  ServiceRegistry& registry_;
  const Identity self_;
  const DetectionSettings detection_;
  MembershipTimes times_;
  WatchRings rings_;
  std::map<std::uint64_t, Identity> identities_;  // Of the owners.
  std::map<Identity, Neighbour> neighbours_;
  std::map<std::uint64_t, Change> changes_;  // By owner.
  TimePoint tell_at_ = TimePoint::max();
  Sent sent_;
  std::uint64_t malformed_ = 0;
};

}  // namespace troupe::cluster
