// MembershipService: the core of membership on a node's links: it carries the core's messages,
// feeds it with what the transport finds out, publishes its views, and does what follows from them.
//
// The order of what follows from one view is that of promises: the view can be seen, subscribers
// and the event stream are told, and then the transport ends the lives that are over.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/cluster/cluster_settings.hpp>
#include <troupe/cluster/membership.hpp>
#include <troupe/cluster/port/hand_overs.hpp>
#include <troupe/cluster/port/membership_tallies.hpp>
#include <troupe/cluster/port/role_board.hpp>
#include <troupe/cluster/port/search_log.hpp>
#include <troupe/cluster/port/service_desk.hpp>
#include <troupe/cluster/port/view_board.hpp>
#include <troupe/transport/transport.hpp>
#include <vector>

namespace troupe {
struct LeaveTimes;
}

namespace troupe::cluster {

class TableLink;
struct TableLinkSettings;
class TablePart;
struct ViewChange;

/// The port on the thread of the links; the rest on any.
class MembershipService final : public transport::ClusterPort {
 public:
  using OpenTable = std::function<Result<std::unique_ptr<TableLink>>(TableLinkSettings)>;

  /// Takes the transport's port.
  MembershipService(const runtime::LocalActors& actors, transport::Transport& transport,
                    ClusterSettings settings, const LeaveTimes& times, std::uint64_t seed,
                    const OpenTable& open_table);
  ~MembershipService();

  [[nodiscard]] ViewBoard& board() noexcept { return board_; }
  [[nodiscard]] const ViewBoard& board() const noexcept { return board_; }
  [[nodiscard]] const std::shared_ptr<ServiceDesk>& desk() const noexcept { return desk_; }
  [[nodiscard]] const transport::NodeIdentity& self() const noexcept { return transport_.self(); }
  [[nodiscard]] bool may_own() const noexcept;
  /// Has orders, and who waits, looked at soon.
  void wake() noexcept { transport_.wake(); }
  [[nodiscard]] bool has_ended() const noexcept { return ended_.load(std::memory_order_acquire); }
  [[nodiscard]] Future<LeaveReport> leave();
  [[nodiscard]] HandOvers& hand_overs() noexcept { return hand_overs_; }
  /// Done once a leave has called its hooks, or does not wait for them any more.
  [[nodiscard]] Future<void> handed_over();
  void skip_hand_over();
  [[nodiscard]] std::vector<std::string> not_handed_over() const;
  void down(const transport::NodeIdentity& member);
  [[nodiscard]] ClusterCounts counts() const;

  // ClusterPort.
  [[nodiscard]] bool decides_on(const transport::NodeIdentity& life) override;
  void on_message(const transport::NodeIdentity& from, std::span<const std::byte> message,
                  TimePoint now) override;
  void on_mismatch(const NodeAddress& address, std::string_view reason, TimePoint now) override;
  void on_report(const transport::PeerReport& report, TimePoint now) override;
  void advance(TimePoint now) override;
  [[nodiscard]] TimePoint next_deadline() const override;

 private:
  struct Leaving {
    std::vector<troupe::Promise<LeaveReport>> promises;
    TimePoint look_again_at;
    TimePoint exit_at;
    bool has_handed_over;
    bool has_exited;
  };

  void obey(TimePoint now);
  void begin_to_leave(TimePoint now);
  void go_on_leaving(TimePoint now);
  [[nodiscard]] bool has_exited(const Identity& member) const;
  void end_hand_over();
  void tell_of_hand_over();
  void perform(TimePoint now);
  void send(Envelope envelope);
  void hear_of_services(const Envelope& envelope, TimePoint now);
  void publish(TimePoint now);
  void tell_of(const ViewChange& change, std::uint64_t version);
  void end(End end);
  void complete_leave();
  void note_ownership(TimePoint now);
  void note_mismatch(TimePoint now);

  const runtime::LocalActors actors_;
  transport::Transport& transport_;
  const Duration leave_timeout_;
  const Logger log_;
  ViewBoard board_;
  const std::shared_ptr<RoleBoard> roles_;  // Actors that are held up may look at it for longer.
  const std::shared_ptr<ServiceDesk> desk_;
  troupe::Promise<std::string> condemn_;
  const Future<void> condemned_;                        // The user's callback has been called.
  std::optional<troupe::Promise<std::string>> refuse_;  // Until it is kept.
  const Future<void> refused_;
  std::atomic<TimePoint::rep> owns_until_;
  std::atomic<bool> ended_{false};
  HandOvers hand_overs_;
  MembershipTallies tallies_;

  mutable std::mutex mutex_;  // Of the orders.
  std::atomic<bool> has_orders_{false};
  std::vector<troupe::Promise<LeaveReport>> leave_orders_;
  std::vector<Identity> down_orders_;
  bool skips_hand_over_ = false;
  std::vector<std::string> not_handed_over_;
  std::optional<LeaveReport> left_;
  std::vector<troupe::Promise<void>> awaiting_hand_over_;
  bool has_handed_over_ = false;

  // The thread of the links.
  Membership core_;
  std::unique_ptr<TablePart> table_;  // Null where membership is by gossip.
  std::shared_ptr<const View> view_;
  std::optional<Leaving> leaving_;
  SearchLog search_log_;
  TimePoint ill_told_at_;
};

}  // namespace troupe::cluster
