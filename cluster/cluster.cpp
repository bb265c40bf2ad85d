#include <troupe/cluster/cluster.hpp>

#include <algorithm>
#include <troupe/cluster/port/membership_service.hpp>
#include <utility>

namespace troupe {

struct Cluster::Parts {
  Parts(const runtime::LocalActors& actors, transport::Transport& transport,
        ClusterSettings settings, const LeaveTimes& times, std::uint64_t seed,
        const OpenTable& open_table)
      : clock(actors.clock()),
        service(actors, transport, std::move(settings), times, seed, open_table),
        receptionist(service.desk()) {}

  const Clock& clock;
  cluster::MembershipService service;
  Receptionist receptionist;
};

Cluster::Cluster(const runtime::LocalActors& actors, transport::Transport& transport,
                 ClusterSettings settings, const LeaveTimes& times, std::uint64_t seed,
                 const OpenTable& open_table)
    : parts_(std::make_unique<Parts>(actors, transport, std::move(settings), times, seed,
                                     open_table)) {}
Cluster::~Cluster() = default;

TransportSettings Cluster::links(TransportSettings given, const ClusterSettings& settings) {
  const cluster::MembershipTimes times = cluster::membership_times(settings.detection, 1);
  given.redial_pause = std::min(given.redial_pause, times.redial);
  given.redial_pause_max = std::min(given.redial_pause_max, times.heartbeat);
  given.redial_pause_max = std::max(given.redial_pause_max, given.redial_pause);
  given.handshake_timeout = std::min(given.handshake_timeout, 5 * times.heartbeat);
  return given;
}

/// Until all have echoed it, and as long again for what they ask meanwhile.
Duration Cluster::farewell_max(const ClusterSettings& settings) noexcept {
  return 2 * settings.detection.heartbeat;
}

MembershipView Cluster::members() const { return MembershipView(parts_->service.board().newest()); }
const NodeIdentity& Cluster::self() const noexcept { return parts_->service.self(); }
bool Cluster::may_own() const noexcept { return parts_->service.may_own(); }
bool Cluster::has_ended() const noexcept { return parts_->service.has_ended(); }

Future<MembershipView> Cluster::joined(Duration timeout) {
  auto future = parts_->service.board().joined(deadline_after(parts_->clock, timeout));
  parts_->service.wake();
  return future;
}

Result<void> Cluster::subscribe(ActorRef<Accepts<MembershipView>> subscriber) {
  return parts_->service.board().subscribe(subscriber, subscribers_max);
}

Receptionist& Cluster::receptionist() noexcept { return parts_->receptionist; }
Result<void> Cluster::before_leaving(std::string name,
                                     std::function<Future<void>(TimePoint by)> hook) {
  return parts_->service.hand_overs().add(std::move(name), std::move(hook), hooks_max);
}

Future<void> Cluster::handed_over() { return parts_->service.handed_over(); }
Future<LeaveReport> Cluster::leave() { return parts_->service.leave(); }
void Cluster::skip_hand_over() { parts_->service.skip_hand_over(); }
std::vector<std::string> Cluster::not_handed_over() const {
  return parts_->service.not_handed_over();
}
void Cluster::down(const NodeIdentity& member) { parts_->service.down(member); }
ClusterCounts Cluster::counts() const { return parts_->service.counts(); }

}  // namespace troupe
