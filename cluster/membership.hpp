// Membership: one node's part of a cluster that decides by gossip who is a member. Pure: events and
// the time go in, messages and views come out; no thread, clock, socket or random device.
//
//   state \ event   formed/admitted   left      condemned   a better cluster met
//   looking         member            ended     ended       .
//   member          .                 ended     ended       looking, or ended once settled
//   ended           .                 .         .           .
//
// Where MembershipSettings::by_table is set, a TableAuthority tells it what the ranks are, and it
// tells that whom it holds for lost; watches, silence and accusations are the same.
//
// port/membership_service.hpp connects it to the transport. Owner only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <troupe/base/clock.hpp>
#include <troupe/base/random.hpp>
#include <troupe/cluster/formation.hpp>
#include <troupe/cluster/member_table.hpp>
#include <troupe/cluster/membership_settings.hpp>
#include <troupe/cluster/membership_times.hpp>
#include <troupe/cluster/messages.hpp>
#include <troupe/cluster/peer.hpp>
#include <troupe/cluster/reachability.hpp>
#include <troupe/cluster/view.hpp>
#include <utility>
#include <vector>

namespace troupe::cluster {

/// Why a life as a member is over.
enum class End : std::uint8_t {
  left,       ///< It left.
  condemned,  ///< It is down for the others, or cannot be sure not to be: start anew.
};

/// What the owner has to do. Envelopes to an incarnation of 0 go to whoever is at the address.
struct Actions {
  std::vector<Envelope> sent;
  bool has_new_view = false;
  std::optional<End> end;
};

class Membership {
 public:
  /// `identity` must be new with every start. `seed` feeds its random choices.
  Membership(MembershipSettings settings, Identity identity, std::uint64_t seed, TimePoint now);

  /// A message to this incarnation, or to whoever is at its address. Times must not go back.
  void receive(const Envelope& envelope, TimePoint now);
  /// The connection to the peer has ended, and dialling it again was refused: it counts as silent
  /// at once, which proves nothing.
  void report_refused(const Identity& peer, TimePoint now);
  /// Whoever is at this address has nothing to do with this node as the two are set up.
  void report_mismatch(const std::string& address, std::string why, TimePoint now);
  /// This node has dialled the address, and another incarnation has answered: `former` is down.
  void report_replaced(const Identity& former, TimePoint now);

  /// Begins to leave; exit() is to follow when all is handed over, and comes by itself at the
  /// deadline; at once for who is no member, or alone. One that has just asked to be let in waits
  /// for the answer, and says then that it goes: else others would have a member that is none.
  /// Again: nothing.
  void leave(TimePoint now);
  void exit(TimePoint now);
  /// An operator's word that the member is gone for ever.
  void down(const Identity& identity, TimePoint now);

  // Of its TableAuthority, where it is by_table.

  /// What the table says of these members. The first time it makes this node a member.
  void adopt(std::uint64_t cluster, const std::vector<MemberRecord>& rows, TimePoint now);
  /// The table says that this life is over, or is another cluster's.
  void lose_table(TimePoint now);
  /// This node may own nothing from then on; TimePoint::max() where there is no table.
  [[nodiscard]] TimePoint lease_until() const noexcept {
    return settings_.by_table ? lease_until_ : TimePoint::max();
  }
  void hold_lease_until(TimePoint until, TimePoint now);
  /// The table has not answered a request of this node, found out at `at`: others may have as
  /// little of it.
  void note_failure_of_table(TimePoint at) noexcept { table_failed_at_ = at; }
  /// Its own record as it is to stand in the table.
  [[nodiscard]] MemberRecord wanted(TimePoint now) const;
  /// Whom it holds for lost, or replaced, and votes against.
  [[nodiscard]] std::set<Identity> accused() const;
  /// Who is down by an operator's word that the table has not heard yet.
  [[nodiscard]] const std::set<Identity>& ordered_down() const noexcept { return ordered_down_; }
  /// Who has been exiting, or down, for long enough.
  [[nodiscard]] std::vector<Identity> removable(TimePoint now) const;
  /// It asks now to be let into the table.
  void note_asked_table() noexcept { has_asked_table_ = true; }
  /// Whether others seem to know more than it; asked once.
  [[nodiscard]] bool take_hint() noexcept { return std::exchange(is_behind_, false); }

  /// Does what is due. To be called at next_time(), and after any of the above.
  void advance(TimePoint now);
  [[nodiscard]] TimePoint next_time() const noexcept { return wake_; }

  /// Moves out what is to be done since the last call.
  [[nodiscard]] Actions take_actions();

  /// The newest view. Its members are those of the last advance(), or of the
  /// end.
  [[nodiscard]] const std::shared_ptr<const View>& view() const noexcept { return view_; }

  /// Whether this node may claim that anything is its own, asked at `now`: it is up and confirmed,
  /// its cluster is settled, it was not paused just now, nobody says that it is down, and it
  /// reaches what its strategy asks for.
  [[nodiscard]] bool may_own(TimePoint now) const;

  [[nodiscard]] const MemberTable& table() const noexcept { return table_; }
  [[nodiscard]] const Identity& identity() const noexcept { return self_; }
  [[nodiscard]] const MembershipSettings& settings() const noexcept { return settings_; }
  [[nodiscard]] bool is_member() const noexcept { return is_member_; }
  [[nodiscard]] std::uint64_t cluster() const noexcept { return cluster_; }
  [[nodiscard]] bool is_settled() const noexcept { return settled_; }
  [[nodiscard]] bool is_leaving() const noexcept { return leave_deadline_.has_value(); }
  [[nodiscard]] unsigned health() const noexcept { return health_; }
  [[nodiscard]] const std::set<Identity>& unreachable() const noexcept { return unreachable_; }
  [[nodiscard]] const std::optional<End>& ended() const noexcept { return ended_; }
  /// Of one that has left: whether so many of its neighbours have echoed it that of two sides of a
  /// cut the greater one knows, or there were none.
  [[nodiscard]] bool was_heard_to_leave() const noexcept { return was_heard_to_leave_; }
  /// What its search for a cluster has come to, for whoever reads the log; empty for a member.
  [[nodiscard]] std::string search() const { return formation_ ? formation_->told() : ""; }
  /// Why it finds no cluster before it, or so many seeds that the others are no majority, is set up
  /// in another way; empty where that is not so.
  [[nodiscard]] std::string mismatch(TimePoint now) const {
    return formation_ && !leave_deadline_ ? formation_->mismatch(now) : "";
  }
  /// Of the last node that would not let it in; empty for none.
  [[nodiscard]] const std::string& refusal() const noexcept { return refusal_; }

  /// The last verdict and what it was reached from, and how many there were.
  struct Decision {
    std::uint64_t count = 0;
    SplitBrainCount outcome;
    std::vector<MemberRecord> members;
    std::set<Identity> unreachable;
    bool was_told = false;  ///< Somebody up says that this node is down.
  };
  [[nodiscard]] const Decision& last_decision() const noexcept { return decision_; }

 private:
  struct HelpedProbe {  // For another watcher.
    Identity asker;
    std::uint64_t number = 0;
    TimePoint deadline;
  };

  // membership.cpp
  void wake_at(TimePoint time) noexcept {
    if (!ended_) wake_ = std::min(wake_, time);
  }
  void send(const Identity& to, Message message);
  void notice_pause(TimePoint now);
  void publish(TimePoint now);
  void refresh_peers(TimePoint now);
  void condemn(TimePoint now);
  void end(End end, TimePoint now);
  [[nodiscard]] const MemberRecord& mine() const { return *table_.find(self_); }
  void raise_rank(const Identity& identity, Rank rank, Cause cause, TimePoint now);
  void doubt_unreached(TimePoint now);
  [[nodiscard]] bool strategy_lets_own(TimePoint now) const;
  [[nodiscard]] std::optional<Identity> find_leader() const;

  // membership_gossip.cpp
  [[nodiscard]] Peer& peer_of(const Identity& identity);
  [[nodiscard]] Gossip gossip_for(Peer& peer, std::size_t bytes_max);
  void absorb(const Gossip& gossip, const Identity& from, TimePoint now);
  void absorb(const News& news, const Identity& from, TimePoint now);
  void refute(const Observation& observation, TimePoint now);
  void hear_voice(const Identity& from, TimePoint now);
  void compare_digests(const Identity& from, Peer& peer, TimePoint now);
  void beat(TimePoint now);
  void spread_news(TimePoint now);
  void answer(const Identity& from, const Message& message, TimePoint now);

  // membership_watch.cpp
  void watch(TimePoint now);
  void watch_one(const Identity& subject, Peer& peer, TimePoint now);
  void begin_probe(const Identity& subject, Peer& peer, TimePoint now);
  void ask_watchers(const Identity& subject, const Message& message, TimePoint now);
  void accuse(const Identity& subject, bool accuses, TimePoint now);
  void on_pong(const Identity& from, std::uint64_t number, TimePoint now);
  void on_probe_request(const Identity& from, const ProbeRequest& request, TimePoint now);
  void on_probe_result(const ProbeResult& result);
  void end_helped_probes(TimePoint now);
  [[nodiscard]] bool is_silent(const Identity& identity, TimePoint now) const;
  [[nodiscard]] bool has_missed_a_beat(const Peer& peer, TimePoint now) const;

  // membership_decide.cpp
  void assess_reachability(TimePoint now);
  void decide_if_stable(TimePoint now);
  void execute(TimePoint now, TimePoint decided);
  void lead(TimePoint now);
  [[nodiscard]] bool is_orphaned(TimePoint now);
  void lead_one(const Identity& identity, TimePoint now);
  [[nodiscard]] std::optional<Identity> leader() const;
  [[nodiscard]] bool all_echoed(const Identity& subject) const;
  void ask_for_echoes(TimePoint now);
  void on_echo_request(const Identity& from, const EchoRequest& request, TimePoint now);
  void on_echo_result(const EchoResult& result, TimePoint now);
  [[nodiscard]] bool is_one_too_many(const MemberRecord& newcomer) const;

  // membership_joining.cpp
  void advance_formation(TimePoint now);
  void become_member(std::uint64_t cluster, TimePoint now);
  [[nodiscard]] bool has_room_for_doubt(TimePoint now) const;
  void on_join(const Identity& from, const Join& join, TimePoint now);
  void on_admit(const Envelope& envelope, const Admit& admit, TimePoint now);
  void on_standing(const Identity& from, const Standing& other, TimePoint now);
  void look_for_unseen_seeds(TimePoint now);
  void settle(TimePoint now);
  void finish_leaving(TimePoint now);
  void finish_leaving_unadmitted(TimePoint now);
  [[nodiscard]] bool may_be_admitted(TimePoint now) const;
  [[nodiscard]] bool is_heard_to_leave() const;
  void echo_farewells();
  [[nodiscard]] Standing standing() const;
  void start_looking(TimePoint now);

  // membership_by_table.cpp
  void answer_before_joining(const Envelope& envelope);
  void refuse_gossip(const Identity& from, const Message& message);
  void absorb_by_table(const News& news, TimePoint now);
  void find_lost(TimePoint now, TimePoint decided);
  void advance_by_table(TimePoint now);
  [[nodiscard]] bool may_come_up(TimePoint now) const;

  MembershipSettings settings_;
  Identity self_;
  Random random_;
  MemberTable table_;
  WatchRings rings_;
  MembershipTimes times_;
  std::optional<Formation> formation_;
  std::map<Identity, Peer> peers_;
  Peer stranger_;  // Stands for whoever is not known; nothing of it is kept.

  bool is_member_ = false;
  bool settled_ = false;
  std::uint64_t cluster_ = 0;
  std::optional<End> ended_;
  unsigned health_ = 0;
  std::uint64_t living_version_ = 0;
  bool tells_all_ = false;  // Leads, and somebody waits for everybody's echo.

  std::uint64_t number_ = 0;  // Of pings and probes.
  std::uint64_t number_at_pause_ = 0;
  std::map<std::uint64_t, HelpedProbe> helped_;
  std::set<Identity> unreached_;
  bool reaches_all_ = true;
  // Not reached when watches moved: new watchers accuse nobody yet, which is no sign of life.
  std::set<Identity> doubted_;
  TimePoint doubted_until_;
  std::map<Identity, TimePoint> suspected_since_;
  std::set<Identity> unreachable_;
  TimePoint unreachable_since_;
  TimePoint unstable_since_;
  Decision decision_;
  std::map<Identity, TimePoint> voices_;

  // By table.
  std::set<Identity> lost_;
  std::set<Identity> replaced_;
  std::set<Identity> ordered_down_;
  std::set<Identity> greeted_;  // Have answered while this node was joining.
  bool is_behind_ = false;
  bool exit_is_known_ = false;
  bool has_asked_table_ = false;
  TimePoint lease_until_ = TimePoint::min();
  TimePoint table_failed_at_ = TimePoint::min();

  TimePoint wake_;
  TimePoint next_beat_;
  TimePoint gather_at_ = TimePoint::max();
  TimePoint next_seed_look_;
  TimePoint next_exchange_;
  TimePoint pausing_until_ = TimePoint::min();
  std::optional<TimePoint> seeds_seen_since_;
  std::optional<TimePoint> orphaned_since_;
  std::optional<TimePoint> leave_deadline_;
  std::optional<TimePoint> exiting_since_;
  std::optional<TimePoint> lingers_until_;
  std::uint64_t exiting_version_ = 0;  // Whoever has seen this node's changes up to here knows.
  bool was_heard_to_leave_ = false;
  TimePoint admitted_second_;
  std::size_t admitted_in_second_ = 0;

  std::string refusal_;
  std::shared_ptr<const View> view_;
  std::uint64_t shown_version_ = 0;  // Of the table, in the view.
  std::uint64_t marks_ = 0;          // Grows whenever others are unreachable.
  std::uint64_t shown_marks_ = 0;
  // The leader, as long as neither the table nor the marks change.
  mutable std::optional<Identity> leader_;
  mutable std::pair<std::uint64_t, std::uint64_t> leader_of_;
  Actions actions_;
};

}  // namespace troupe::cluster
