#include <troupe/cluster/port/membership_service.hpp>

#include <algorithm>
#include <troupe/base/printable.hpp>
#include <troupe/cluster/identities.hpp>
#include <troupe/cluster/member_events.hpp>
#include <troupe/cluster/port/core_settings.hpp>
#include <troupe/cluster/port/table_part.hpp>
#include <troupe/cluster/port/view_changes.hpp>
#include <utility>

namespace troupe::cluster {
namespace {

using transport::PeerReport;

/// Between two lines that a member may be ill.
constexpr Duration log_interval = std::chrono::minutes(1);

std::string why_condemned(const Membership& core) {
  const Membership::Decision& decision = core.last_decision();
  if (decision.outcome.verdict != Verdict::down_self) {
    return "the others hold this life of the node for down, or it cannot be sure that they do not";
  }
  return "of its members this node reaches " + std::to_string(decision.outcome.ours) +
         ", and of the others " + std::to_string(decision.outcome.theirs) + " may go on";
}

}  // namespace

MembershipService::MembershipService(const runtime::LocalActors& actors,
                                     transport::Transport& transport, ClusterSettings settings,
                                     const LeaveTimes& times, std::uint64_t seed,
                                     const OpenTable& open_table)
    : actors_(actors),
      transport_(transport),
      leave_timeout_(times.actors),
      log_(actors.log(actors.name())),
      board_(actors),
      roles_(std::make_shared<RoleBoard>(actors)),
      desk_(ServiceDesk::open(actors, transport, settings.services_max, settings.detection)),
      condemned_(condemn_.future().then(
          [callback = std::move(settings.on_condemned)](Result<std::string> why) {
            if (why.ok() && callback) callback(*why);
          })),
      refuse_(std::in_place),
      refused_(refuse_->future().then(
          [callback = std::move(settings.on_refused)](Result<std::string> why) {
            if (why.ok() && callback) callback(*why);
          })),
      owns_until_(TimePoint::min().time_since_epoch().count()),
      hand_overs_([&transport] { transport.wake(); }),
      core_(core_settings(settings, times), identity(transport.self()), seed, actors.clock().now()),
      table_(
          settings.authority == Authority::redis
              ? std::make_unique<TablePart>(transport, settings, core_.identity(), seed, open_table)
              : nullptr),
      view_(core_.view()),
      search_log_(actors.clock().now()) {
  board_.publish(view_);
  actors_.lend(roles_);
  actors_.set_roster(roles_.get());
  transport_.attach(this);
}

MembershipService::~MembershipService() {
  transport_.attach(nullptr);
  actors_.set_roster(nullptr);
  desk_->close();
  hand_overs_.close();
  board_.end(Error(ErrorCode::shutdown, "this node has stopped"));
  const std::lock_guard lock(mutex_);
  leave_orders_.clear();
}

bool MembershipService::may_own() const noexcept {
  const TimePoint until{Duration(owns_until_.load(std::memory_order_acquire))};
  return until != TimePoint::min() && actors_.clock().now() <= until;
}

void MembershipService::down(const transport::NodeIdentity& member) {
  {
    const std::lock_guard lock(mutex_);
    down_orders_.push_back(identity(member));
    has_orders_.store(true, std::memory_order_release);
  }
  transport_.wake();
}

ClusterCounts MembershipService::counts() const {
  ClusterCounts counts = tallies_.get();
  counts.messages_dropped = transport_.cluster_messages_dropped();
  counts.subscribers = board_.subscribers();
  counts.role_groups = roles_->followers();
  return counts;
}

bool MembershipService::decides_on(const transport::NodeIdentity& life) {
  if (core_.ended() || !core_.is_member()) return false;
  const MemberRecord* const record = core_.table().find(identity(life));
  return record != nullptr && record->rank <= Rank::exiting;
}

void MembershipService::on_message(const transport::NodeIdentity& from,
                                   std::span<const std::byte> message, TimePoint now) {
  auto decoded = decode_envelope(message);
  const bool is_good = decoded.ok() && decoded->has_value();
  const std::uint64_t to = is_good ? (*decoded)->to.incarnation : 0;
  if (!is_good || (*decoded)->from != identity(from) ||
      (to != 0 && to != core_.identity().incarnation)) {
    return tallies_.passed_over.add();
  }
  tallies_.received.add();
  core_.receive(**decoded, now);
  hear_of_services(**decoded, now);
  perform(now);
}

void MembershipService::hear_of_services(const Envelope& envelope, TimePoint now) {
  if (core_.ended() || !core_.is_member() || envelope.cluster != core_.cluster()) return;
  const MemberRecord* const sender = core_.table().find(envelope.from);
  if (sender != nullptr && sender->rank < Rank::down) desk_->receive(envelope, now);
}

void MembershipService::on_report(const PeerReport& report, TimePoint now) {
  tallies_.reports.add();
  const Identity about = identity(report.life);
  if (report.kind == PeerReport::Kind::ordered_down || report.kind == PeerReport::Kind::swamped) {
    log_.warn("{} is declared down for the cluster: {}", report.life.to_string(), report.reason);
    core_.down(about, now);
    return perform(now);
  }
  if (has_exited(about)) {  // It is gone before long, whatever its connections show.
    if (report.kind == PeerReport::Kind::goodbye) {
      transport_.end_member(report.life, report.reason, true);
    }
    return;
  }
  switch (report.kind) {
    case PeerReport::Kind::refused: core_.report_refused(about, now); break;
    case PeerReport::Kind::restarted: core_.report_replaced(about, now); break;
    case PeerReport::Kind::told_down:
      core_.receive({core_.cluster(), about, core_.identity(), ToldDown{}}, now);
      break;
    case PeerReport::Kind::undeliverable:
    case PeerReport::Kind::overrun:
      if (now - ill_told_at_ < log_interval) break;
      ill_told_at_ = now;
      log_.warn("{} is a member and stays one, but {}", report.life.to_string(), report.reason);
      break;
    case PeerReport::Kind::begun_anew:
      log_.warn("{} is a member and stays one, but {}: watchers here hear that it is down",
                report.life.to_string(), report.reason);
      break;
    case PeerReport::Kind::lost:
    case PeerReport::Kind::silent:
    case PeerReport::Kind::goodbye:  // Its answers to pings say more.
    case PeerReport::Kind::swamped:
    case PeerReport::Kind::ordered_down: break;
  }
  perform(now);
}

void MembershipService::on_mismatch(const NodeAddress& address, std::string_view reason,
                                    TimePoint now) {
  core_.report_mismatch(address.to_string(), std::string(reason), now);
}

/// Told once, however long it lasts.
void MembershipService::note_mismatch(TimePoint now) {
  if (!refuse_) return;
  std::string why = core_.mismatch(now);
  if (why.empty()) return;
  log_.error("this node can be in no cluster as it is set up: {}", printable(why));
  board_.refuse(Error(ErrorCode::refused, why));
  std::exchange(refuse_, std::nullopt)->set(std::move(why));
}

bool MembershipService::has_exited(const Identity& member) const {
  const MemberRecord* const record = core_.table().find(member);
  return record != nullptr && record->rank == Rank::exiting;
}

void MembershipService::advance(TimePoint now) {
  if (has_orders_.load(std::memory_order_acquire)) obey(now);
  if (leaving_) go_on_leaving(now);
  board_.advance(now);
  if (table_) table_->take_events(now);
  note_mismatch(now);
  search_log_.tell(core_, table_ ? table_->told() : core_.search(), log_, now);
  perform(now);
}

TimePoint MembershipService::next_deadline() const {
  TimePoint next = std::min(core_.next_time(), board_.next_deadline());
  next = std::min(next, desk_->next_deadline());
  if (table_) next = std::min(next, table_->next_time());
  if (leaving_ && !leaving_->has_handed_over) next = std::min(next, hand_overs_.next_deadline());
  if (leaving_ && leaving_->has_handed_over && !leaving_->has_exited)
    next = std::min(next, leaving_->look_again_at);
  return next;
}

/// Does what users have ordered meanwhile.
void MembershipService::obey(TimePoint now) {
  std::vector<troupe::Promise<LeaveReport>> leaves;
  std::vector<Identity> downs;
  bool skips = false;
  {
    const std::lock_guard lock(mutex_);
    has_orders_.store(false, std::memory_order_relaxed);
    skips = skips_hand_over_;
    leaves = std::move(leave_orders_);
    downs = std::move(down_orders_);
    leave_orders_.clear();
    down_orders_.clear();
  }
  if (skips) hand_overs_.skip();
  for (const Identity& member : downs) core_.down(member, now);
  if (leaves.empty()) return;
  if (!leaving_) begin_to_leave(now);
  for (auto& promise : leaves) leaving_->promises.push_back(std::move(promise));
  if (core_.ended()) complete_leave();
}

/// What the core wants now.
void MembershipService::perform(TimePoint now) {
  if (table_) table_->tell(core_, now);
  if (core_.next_time() <= now) core_.advance(now);
  if (table_) table_->ask(core_, now);
  Actions actions = core_.take_actions();
  for (Envelope& envelope : actions.sent) send(std::move(envelope));
  tallies_.take(core_);
  if (table_) tallies_.take(table_->counts());
  note_ownership(now);
  if (core_.view() != view_) publish(now);
  if (actions.end) end(*actions.end);
  for (auto& [to, message] : desk_->advance(now)) {
    if (!core_.ended()) send({core_.cluster(), core_.identity(), to, std::move(message)});
  }
}

void MembershipService::send(Envelope envelope) {
  std::visit(
      [&](auto& message) {
        if constexpr (requires { message.gossip; }) message.gossip.services = desk_->digest();
      },
      envelope.message);
  wire::Writer writer;
  encode(writer, envelope);
  tallies_.sent.add();
  transport_.send_to_cluster(node_identity(envelope.to).address, writer.bytes());
}

/// A view is there before anybody acts upon it.
void MembershipService::publish(TimePoint now) {
  const std::shared_ptr<const View> before = std::exchange(view_, core_.view());
  desk_->on_view(*view_, now);
  tallies_.views.add();
  roles_->publish(view_);
  board_.publish(view_);
  const auto end_of = [&](const Identity& member) { return core_.table().end_of(member); };
  for (const ViewChange& change : changes_between(*before, *view_, end_of)) {
    tell_of(change, view_->version);
  }
}

void MembershipService::tell_of(const ViewChange& change, std::uint64_t version) {
  const transport::NodeIdentity member = node_identity(change.member);
  const bool is_self = change.member == core_.identity();
  EventStream& events = actors_.events();
  switch (change.kind) {
    case ViewChange::Kind::up:
      log_.info("{} is up in the cluster", member.to_string());
      return events.publish(MemberUp{member, version});
    case ViewChange::Kind::unreachable:
      log_.warn("{} is unreachable for the cluster", member.to_string());
      return events.publish(MemberUnreachable{member, version});
    case ViewChange::Kind::reachable:
      log_.info("{} is reachable again for the cluster", member.to_string());
      return events.publish(MemberReachable{member, version});
    case ViewChange::Kind::leaving: return events.publish(MemberLeaving{member, version});
    case ViewChange::Kind::down:
      events.publish(MemberDown{member, version});
      if (!is_self) transport_.end_member(member, "it is down for the cluster", false);
      return;
    case ViewChange::Kind::removed: {
      const bool has_left = change.cause == Cause::left;
      events.publish(MemberRemoved{member, has_left, version});
      if (!is_self && has_left) transport_.end_member(member, "it has left the cluster", true);
    }
  }
}

/// This life as a member is over.
void MembershipService::end(End end) {
  ended_.store(true, std::memory_order_release);
  owns_until_.store(TimePoint::min().time_since_epoch().count(), std::memory_order_release);
  const bool has_left = end == End::left;
  const Error reason(has_left ? ErrorCode::shutdown : ErrorCode::node_down,
                     has_left ? "this node has left the cluster" : "this node is down");
  board_.end(reason);
  desk_->end(reason);
  if (leaving_ && !leaving_->has_handed_over) {
    hand_overs_.give_up();
    end_hand_over();
  }
  tell_of_hand_over();
  if (leaving_) complete_leave();
  if (has_left) return log_.info("this node has left the cluster");
  const std::string why = table_ ? table_->problem() : why_condemned(core_);
  log_.error("this node is down for its cluster: {}; it has to be started anew", why);
  transport_.condemn();
  actors_.begin_shutdown();
  condemn_.set(why);
}

/// Ownership holds as long as the core is heard of in time, and no longer.
void MembershipService::note_ownership(TimePoint now) {
  const bool owns = core_.may_own(now);
  const TimePoint until =
      owns ? std::min(later(core_.next_time(), core_.settings().detection.heartbeat),
                      core_.lease_until())
           : TimePoint::min();
  owns_until_.store(until.time_since_epoch().count(), std::memory_order_release);
}

}  // namespace troupe::cluster
