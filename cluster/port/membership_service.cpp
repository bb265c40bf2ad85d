#include <troupe/cluster/port/membership_service.hpp>

#include <algorithm>
#include <troupe/cluster/identities.hpp>
#include <utility>

namespace troupe::cluster {
namespace {

using transport::PeerReport;

/// Between two lines that no cluster was found yet, or that a member may be ill.
constexpr Duration log_interval = std::chrono::minutes(1);
/// Of a heartbeat, the pause between two looks whether all actors have ended.
constexpr int looks_per_heartbeat = 20;

MembershipSettings core_settings(const ClusterSettings& settings, Duration leave_timeout) {
  MembershipSettings core;
  core.formation.seeds = settings.seeds;
  core.formation.form_after = settings.form_after;
  core.detection = settings.detection;
  core.split_brain = settings.split_brain;
  core.meta.roles = settings.roles;
  core.meta.labels = settings.labels;
  core.settle_after = settings.settle_after;
  core.seed_look_every = settings.seed_look_every;
  core.leave_timeout = leave_timeout;
  core.by_table = settings.authority == Authority::redis;
  return core;
}

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
                                     Duration leave_timeout, std::uint64_t seed,
                                     const Platform& platform)
    : actors_(actors),
      transport_(transport),
      leave_timeout_(leave_timeout),
      log_(actors.log(actors.name())),
      board_(actors),
      condemned_(condemn_.future().then(
          [callback = std::move(settings.on_condemned)](Result<std::string> why) {
            if (why.ok() && callback) callback(*why);
          })),
      owns_until_(TimePoint::min().time_since_epoch().count()),
      core_(core_settings(settings, leave_timeout), identity(transport.self()), seed,
            actors.clock().now()),
      table_(
          settings.authority == Authority::redis
              ? std::make_unique<TablePart>(transport, settings, core_.identity(), seed, platform)
              : nullptr),
      view_(core_.view()),
      search_told_at_(actors.clock().now()) {
  board_.publish(view_);
  transport_.attach(this);
}

MembershipService::~MembershipService() {
  transport_.attach(nullptr);
  board_.end(Error(ErrorCode::shutdown, "this node has stopped"));
  const std::lock_guard lock(mutex_);
  leave_orders_.clear();
}

bool MembershipService::may_own() const noexcept {
  const TimePoint until{Duration(owns_until_.load(std::memory_order_acquire))};
  return until != TimePoint::min() && actors_.clock().now() <= until;
}

Future<LeaveReport> MembershipService::leave() {
  troupe::Promise<LeaveReport> promise;
  Future<LeaveReport> future = promise.future();
  {
    const std::lock_guard lock(mutex_);
    if (left_) {
      promise.set(*left_);
      return future;
    }
    leave_orders_.push_back(std::move(promise));
    has_orders_.store(true, std::memory_order_release);
  }
  transport_.wake();
  return future;
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
  return {.messages_sent = sent_.get(),
          .messages_received = received_.get(),
          .messages_passed_over = passed_over_.get(),
          .messages_dropped = transport_.cluster_messages_dropped(),
          .views = views_.get(),
          .decisions = decisions_.get(),
          .reports = reports_.get(),
          .subscribers = board_.subscribers()};
}

bool MembershipService::decides_on(const transport::NodeIdentity& life) {
  if (core_.ended() || !core_.is_member()) return false;
  const MemberRecord* const record = core_.table().find(identity(life));
  return record != nullptr && record->rank < Rank::exiting;
}

void MembershipService::on_message(const transport::NodeIdentity& from,
                                   std::span<const std::byte> message, TimePoint now) {
  auto decoded = decode_envelope(message);
  const bool is_good = decoded.ok() && decoded->has_value();
  const std::uint64_t to = is_good ? (*decoded)->to.incarnation : 0;
  if (!is_good || (*decoded)->from != identity(from) ||
      (to != 0 && to != core_.identity().incarnation)) {
    return passed_over_.add();
  }
  received_.add();
  core_.receive(**decoded, now);
  perform(now);
}

void MembershipService::on_report(const PeerReport& report, TimePoint now) {
  reports_.add();
  const Identity about = identity(report.life);
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
    case PeerReport::Kind::lost:
    case PeerReport::Kind::silent:
    case PeerReport::Kind::goodbye: break;  // Its answers to pings say more.
  }
  perform(now);
}

void MembershipService::advance(TimePoint now) {
  if (has_orders_.load(std::memory_order_acquire)) obey(now);
  if (leaving_) go_on_leaving(now);
  board_.advance(now);
  tell_of_search(now);
  if (table_) table_->take_events(now);
  perform(now);
}

TimePoint MembershipService::next_deadline() const {
  TimePoint next = std::min(core_.next_time(), board_.next_deadline());
  if (leaving_ && !leaving_->has_exited) next = std::min(next, leaving_->look_again_at);
  if (table_) next = std::min(next, table_->next_time());
  return next;
}

/// Does what users have ordered meanwhile.
void MembershipService::obey(TimePoint now) {
  std::vector<troupe::Promise<LeaveReport>> leaves;
  std::vector<Identity> downs;
  {
    const std::lock_guard lock(mutex_);
    has_orders_.store(false, std::memory_order_relaxed);
    leaves = std::move(leave_orders_);
    downs = std::move(down_orders_);
    leave_orders_.clear();
    down_orders_.clear();
  }
  for (const Identity& member : downs) core_.down(member, now);
  if (leaves.empty()) return;
  if (!leaving_) {
    leaving_ = Leaving{};
    leaving_->look_again_at = now;
    leaving_->exit_at = later(now, leave_timeout_);
    core_.leave(now);
    perform(now);
    actors_.begin_shutdown();
  }
  for (auto& promise : leaves) leaving_->promises.push_back(std::move(promise));
  if (core_.ended()) complete_leave(core_.ended() == End::left);
}

/// Once the actors have ended, and what they said last is sent, this node goes.
void MembershipService::go_on_leaving(TimePoint now) {
  if (leaving_->has_exited || now < leaving_->look_again_at) return;
  leaving_->look_again_at =
      later(now, membership_times(core_.settings().detection, 1).heartbeat / looks_per_heartbeat);
  const bool is_done = actors_.have_ended() && transport_.is_drained();
  if (!is_done && now < leaving_->exit_at) return;
  leaving_->has_exited = true;
  core_.exit(now);
}

/// What the core wants now.
void MembershipService::perform(TimePoint now) {
  if (table_) table_->tell(core_, now);
  if (core_.next_time() <= now) core_.advance(now);
  if (table_) table_->ask(core_, now);
  const Actions actions = core_.take_actions();
  for (const Envelope& envelope : actions.sent) send(envelope);
  decisions_.add(core_.last_decision().count - decisions_.get());
  note_ownership(now);
  if (core_.view() != view_) publish(now);
  if (actions.end) end(*actions.end);
}

void MembershipService::send(const Envelope& envelope) {
  wire::Writer writer;
  encode(writer, envelope);
  sent_.add();
  transport_.send_to_cluster(node_identity(envelope.to).address, writer.bytes());
}

/// A view is there before anybody acts upon it.
void MembershipService::publish(TimePoint /*now*/) {
  const std::shared_ptr<const View> before = std::exchange(view_, core_.view());
  views_.add();
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
  board_.end(Error(has_left ? ErrorCode::shutdown : ErrorCode::node_down,
                   has_left ? "this node has left the cluster" : "this node is down"));
  if (leaving_) complete_leave(has_left);
  if (has_left) return log_.info("this node has left the cluster");
  const std::string why = table_ ? table_->problem() : why_condemned(core_);
  log_.error("this node is down for its cluster: {}; it has to be started anew", why);
  transport_.condemn();
  actors_.begin_shutdown();
  condemn_.set(why);
}

void MembershipService::complete_leave(bool was_told) {
  const LeaveReport report{was_told};
  {
    const std::lock_guard lock(mutex_);
    left_ = report;
  }
  leaving_->has_exited = true;
  for (auto& promise : std::exchange(leaving_->promises, {})) promise.set(report);
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

/// Says now and then that there is no cluster yet.
void MembershipService::tell_of_search(TimePoint now) {
  if (core_.is_member() || core_.ended() || now - search_told_at_ < log_interval) return;
  search_told_at_ = now;
  if (table_) {
    return log_.warn("this node is in no cluster yet; of its table at {} it knows: {}",
                     table_->place(), table_->problem());
  }
  std::string seeds;
  for (const std::string& seed : core_.settings().formation.seeds) {
    seeds += (seeds.empty() ? "" : ", ") + seed;
  }
  log_.warn("no cluster is found yet, nor a majority of the seeds to form one with: {}", seeds);
  if (!core_.refusal().empty()) log_.warn("this node was turned away by {}", core_.refusal());
}

}  // namespace troupe::cluster
