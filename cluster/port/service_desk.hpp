// ServiceDesk: a node's receptionist at work: its registry and gossip behind one lock, the ends of
// its actors, and those who want to be shown listings. MembershipService serves it.
//
// Calls of users change the registry at once, on their threads; what follows from it (news for
// others, listings for subscribers) is done on the thread of the links.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/cluster/found_services.hpp>
#include <troupe/cluster/port/listing_slot.hpp>
#include <troupe/cluster/receptionist_counts.hpp>
#include <troupe/cluster/service_gossip.hpp>
#include <troupe/transport/transport.hpp>
#include <unordered_map>
#include <utility>

namespace troupe::cluster {

/// Any thread, where nothing else is said; no lock is held while others are told.
class ServiceDesk final : public ListingSource, public std::enable_shared_from_this<ServiceDesk> {
 public:
  [[nodiscard]] static std::shared_ptr<ServiceDesk> open(const runtime::LocalActors& actors,
                                                         transport::Transport& transport,
                                                         std::size_t services_max,
                                                         const DetectionSettings& detection);
  ~ServiceDesk();
  ServiceDesk(const ServiceDesk&) = delete;
  ServiceDesk& operator=(const ServiceDesk&) = delete;

  // Of Receptionist; see there.
  [[nodiscard]] Result<void> enroll(std::string_view key, const AnyRef& actor,
                                    AcceptedMessages accepts);
  void withdraw(std::string_view key, const AnyRef& actor);
  [[nodiscard]] Result<std::shared_ptr<const FoundServices>> find(std::string_view key,
                                                                  AcceptedMessages wanted);
  [[nodiscard]] Result<void> subscribe(std::string_view key, const AnyRef& subscriber,
                                       const ListingForm& form, std::size_t subscriptions_max);
  void unsubscribe(std::string_view key, const AnyRef& subscriber, std::uint64_t type);
  [[nodiscard]] ReceptionistCounts counts();

  /// What a subscriber is shown: what there is, if anything.
  [[nodiscard]] std::shared_ptr<const FoundServices> newest(const std::string& key,
                                                            AcceptedMessages wanted) override;

  // The thread of the links.

  void on_view(const View& view, TimePoint now);
  /// A message of another member of this cluster; some are about services.
  void receive(const Envelope& envelope, TimePoint now);
  /// Tells subscribers what is new. Returns what is to be sent to other members.
  [[nodiscard]] ServiceGossip::Sent advance(TimePoint now);
  [[nodiscard]] TimePoint next_deadline();
  /// What the beats of this node carry.
  [[nodiscard]] std::uint64_t digest();
  /// This life as a member is over: nobody is listed, and nobody enrolls any more.
  void end(Error reason);
  /// Nothing of the node is used any more.
  void close();

 private:
  class EndSink;
  /// An actor of this node that is enrolled or subscribed, or was.
  struct Watched {
    bool has_ended = false;
    Watched* next_ended = nullptr;
    runtime::ActorId actor = 0;
    std::set<std::pair<std::string, std::uint64_t>> subscriptions = {};
  };
  struct Shown {
    std::shared_ptr<ListingSlot> slot;
    runtime::Envelope* (*notice)(runtime::ActorId to, std::shared_ptr<ListingSlot> slot);
  };
  using Subscriber = std::pair<runtime::ActorId, std::uint64_t>;  // And the listing's type.

  ServiceDesk(const runtime::LocalActors& actors, transport::Transport& transport,
              std::size_t services_max, const DetectionSettings& detection);

  void on_end(runtime::ActorId actor) noexcept;
  void note_end(runtime::ActorId actor) noexcept;
  void settle_ends(TimePoint now);
  void forget_subscription(runtime::ActorId actor, const std::string& key, std::uint64_t type);
  [[nodiscard]] Result<void> check(std::string_view key, const AnyRef& actor) const;
  [[nodiscard]] bool watch(const AnyRef& actor, bool is_new);
  [[nodiscard]] Result<void> refuse(Error error);
  using Shared = std::shared_ptr<const FoundServices>;
  [[nodiscard]] Result<Shared> look_up(std::string_view key, AcceptedMessages wanted,
                                       std::string* misfit);
  [[nodiscard]] Result<AnyRef> ref_to(const Identity& owner, const ServiceEntry& entry);
  void show(runtime::ActorId actor, const Shown& shown);

  const runtime::LocalActors actors_;
  const Identity self_;
  EndSink* sink_ = nullptr;
  std::mutex mutex_;
  transport::Transport* transport_;  // Null once closed.
  std::optional<Error> ended_;
  ServiceRegistry registry_;
  ServiceGossip gossip_;
  std::unordered_map<runtime::ActorId, Watched> watched_;
  Watched* ended_actors_ = nullptr;
  std::map<std::string, std::map<Subscriber, Shown>, std::less<>> subscribers_;
  std::size_t subscriptions_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t left_out_ = 0;
  // What was found since the registry changed last, for all who ask for the same: by the key, and
  // by where the messages that are wanted stand.
  std::map<std::pair<std::string, const AcceptedMessage*>, Shared> found_;
  std::uint64_t found_revision_ = 0;
};

}  // namespace troupe::cluster
