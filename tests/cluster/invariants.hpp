// Invariants: what must hold at every step of a simulation of members, and how often each premise
// was met: a run in which it never was proves nothing.
#pragma once

#include <array>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "members_simulation.hpp"

namespace troupe::cluster::simulated {

class Invariants {
 public:
  struct Rule {
    const char* name;
    const char* text;
  };
  static constexpr std::array<Rule, 11> rules{{
      {"S1", "a node's view version grows, and no rank falls"},
      {"S2", "who is gone from a node's view never comes back into it"},
      {"S3", "settled clusters that can talk are one"},
      {"S4", "nobody who may own has removed another who may"},
      {"S5", "who runs in contact with a majority is not down"},
      {"S8", "nobody is accused over a link without fault"},
      {"PAUSE", "who was paused accuses nobody at once"},
      {"DECISION", "who survives a cut is a majority, counted low"},
      {"S10", "what is kept stays within its limits"},
      {"L1", "in the end all agree on all that run"},
      {"L4", "who leaves is gone by its deadline"},
  }};

  explicit Invariants(MembersSimulation& simulation) : simulation_(simulation) {
    simulation.after_step = [this](Life& life) { check(life); };
  }

  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
  [[nodiscard]] std::uint64_t exercised(std::size_t rule) const { return exercised_[rule]; }

  /// To be called when the faults have been over for long enough.
  void check_end() {
    const auto running = simulation_.running();
    if (running.empty()) return;
    ++exercised_[9];
    std::set<Identity> expected;
    for (const Life* life : running) expected.insert(life->core->identity());
    const View& first = *running.front()->core->view();
    for (const Life* life : running) {
      const View& view = *life->core->view();
      std::set<Identity> seen;
      bool marked = false;
      for (const Member& member : view.members) {
        if (member.record.is_confirmed_up()) seen.insert(member.record.identity);
        marked |= member.is_unreachable || !member.record.is_confirmed_up();
      }
      if (seen != expected || marked) violate(9, *life, "sees " + text(view));
      if (view.digest != first.digest) violate(9, *life, "has another digest");
      if (view.leader != first.leader) violate(9, *life, "has another leader");
      if (!view.settled || !life->core->may_own(life->local(simulation_.now()))) {
        violate(9, *life, "may not own");
      }
    }
  }

  void began_to_leave(const Life& life) { leaving_[life.number] = simulation_.now(); }

  static std::string text(const View& view) {
    std::string text;
    for (const Member& member : view.members) {
      text += member.record.identity.address + ":" + std::string(to_string(member.record.rank)) +
              (member.record.provisional ? "?" : "") + (member.is_unreachable ? "!" : "") + " ";
    }
    return text;
  }

 private:
  struct Seen {
    std::shared_ptr<const View> view;
    std::map<Identity, Rank> ranks;
    std::set<Identity> gone;
    std::uint64_t cluster = 0;
    std::uint64_t decisions = 0;
    std::uint64_t table_version = 0;
    std::map<Identity, std::uint32_t> accused;
    bool counts_itself = false;  ///< It was up and confirmed while it was not down.
    bool has_ended = false;
  };

  void violate(std::size_t rule, const Life& life, const std::string& what) {
    if (violations_.size() >= 5) return;
    violations_.push_back(std::string(rules[rule].name) + " at " +
                          std::to_string(simulation_.now().time_since_epoch() / milliseconds(1)) +
                          " ms: life " + std::to_string(life.number) + " at place " +
                          std::to_string(life.place) + " " + what);
  }

  void check(Life& life) {
    Seen& seen = seen_[life.number];
    check_view(life, seen);
    check_owners(life);
    check_decision(life, seen);
    check_accusations(life, seen);
    const View& shown = *life.core->view();
    if (life.core->ended() && (!shown.has_ended || shown.may_own)) {
      violate(0, life, "has ended, and its view does not say so");
    }
    if (life.core->ended() && !seen.has_ended) {
      seen.has_ended = true;
      check_end_of(life, seen);
    }
    const auto& table = life.core->table();
    ++exercised_[8];
    if (table.tombstone_count() > simulation_.settings().membership.limits.tombstones_max) {
      violate(8, life, "keeps too many tombstones");
    }
  }

  void check_view(const Life& life, Seen& seen) {
    const auto& view = life.core->view();
    if (view == seen.view) return;
    if (seen.cluster != view->cluster) {
      seen.ranks.clear();
      seen.gone.clear();
      seen.cluster = view->cluster;
    }
    if (seen.view) ++exercised_[0];
    if (seen.view && view->version <= seen.view->version) violate(0, life, "has an older view");
    std::map<Identity, Rank> ranks;
    for (const Member& member : view->members) {
      const Identity& identity = member.record.identity;
      ranks[identity] = member.record.rank;
      if (identity == view->self && member.record.rank < Rank::down) {
        seen.counts_itself = member.record.is_confirmed_up();
      }
      const auto before = seen.ranks.find(identity);
      if (before != seen.ranks.end() && before->second > member.record.rank) {
        violate(0, life, "sees a rank fall: " + identity.address);
      }
      if (seen.gone.contains(identity)) violate(1, life, "sees again " + identity.address);
    }
    for (const auto& [identity, rank] : seen.ranks) {
      if (ranks.contains(identity)) continue;
      seen.gone.insert(identity);
      ++exercised_[1];
    }
    seen.ranks = std::move(ranks);
    seen.view = view;
  }

  void check_owners(const Life& life) {
    const TimePoint now = simulation_.now();
    const bool owns = life.core->may_own(life.local(now));
    const bool is_settled = life.core->is_settled() && !life.core->ended();
    if (is_settled) ++exercised_[2];
    for (const Life* other : simulation_.running()) {
      if (other == &life) continue;
      // Apart, a majority of restarted seeds cannot know of the others: docs/cluster.md.
      const bool in_contact = other->is_awake() && other->resumed <= now - seconds(2) &&
                              life.resumed <= now - seconds(2) &&
                              simulation_.is_clean(life.place, other->place, now - seconds(2));
      if (in_contact && is_settled && other->core->is_settled() &&
          other->core->cluster() != life.core->cluster()) {
        violate(2, life,
                "is in another settled cluster than life " + std::to_string(other->number));
      }
      const bool removed = life.core->table().is_removed(other->core->identity());
      const bool is_removed = other->core->table().is_removed(life.core->identity());
      if (!removed && !is_removed) continue;
      ++exercised_[3];
      if (owns && other->core->may_own(other->local(now))) {
        violate(3, life,
                "may own, as may life " + std::to_string(other->number) +
                    ", one has removed the other");
      }
    }
  }

  /// The table of split_brain.hpp, written down once more.
  void check_decision(const Life& life, Seen& seen) {
    const auto& decision = life.core->last_decision();
    if (decision.count == seen.decisions) return;
    seen.decisions = decision.count;
    if (decision.outcome.verdict == Verdict::nobody) return;
    ++exercised_[7];
    int ours = 0;
    int theirs = 0;
    int lost = 0;
    std::uint32_t oldest = ~0U;
    bool has_lost_oldest = false;
    for (const MemberRecord& member : decision.members) {
      const bool cut_off = decision.unreachable.contains(member.identity);
      const bool confirmed = member.rank == Rank::up && !member.provisional;
      if (cut_off && member.rank <= Rank::leaving) ++lost;
      if (!cut_off && confirmed) ++ours;
      if (!cut_off && member.rank == Rank::up && member.provisional) ++theirs;
      if (confirmed && member.up_number < oldest) {
        oldest = member.up_number;
        has_lost_oldest = cut_off;
      }
    }
    theirs += lost;
    const bool has_oldest = oldest != ~0U && !has_lost_oldest && !decision.was_told;
    bool survives = ours > theirs || (ours == theirs && has_oldest);
    const SplitBrainSettings& settings = simulation_.settings().membership.split_brain;
    if (settings.strategy == SplitBrainStrategy::static_quorum) {
      survives = ours > theirs && ours >= static_cast<int>(settings.quorum);
    } else if (settings.strategy == SplitBrainStrategy::keep_oldest) {
      const bool is_alone = ours == 1 && theirs >= 2;
      survives =
          has_oldest ? !is_alone : !decision.was_told && has_lost_oldest && lost == 1 && ours > 1;
    }
    const SplitBrainCount& outcome = decision.outcome;
    const bool counts_well =
        static_cast<int>(outcome.ours) == ours && static_cast<int>(outcome.theirs) == theirs;
    if (!counts_well || survives != (outcome.verdict == Verdict::down_them)) {
      violate(7, life,
              "decides wrongly, of " + std::to_string(ours) + " and " + std::to_string(theirs));
    }
  }

  void check_accusations(const Life& life, Seen& seen) {
    const auto& table = life.core->table();
    if (table.version() == seen.table_version) return;
    seen.table_version = table.version();
    if (table.accusations() == 0) return;
    const Identity& self = life.core->identity();
    const auto times = membership_times(simulation_.settings().membership.detection, 5);
    const Duration window = times.silence_max * 2;
    for (const auto& [pair, kept] : table.observations()) {
      const Observation& seen_by = kept.first;
      if (seen_by.accuser != self || !seen_by.accuses) continue;
      if (seen.accused[seen_by.subject] == seen_by.number) continue;
      seen.accused[seen_by.subject] = seen_by.number;
      ++exercised_[5];
      const TimePoint now = simulation_.now();
      if (life.resumed != life.started) {
        ++exercised_[6];
        if (now - life.resumed < times.silence_min * 9 / 10 && is_running(seen_by.subject)) {
          violate(6, life, "has just woken and accuses " + seen_by.subject.address);
        }
      }
      for (const Life* other : simulation_.running()) {
        if (other->core->identity() != seen_by.subject || !other->is_awake()) continue;
        if (simulation_.at(other->place) != other) continue;  // Its address is another's.
        const TimePoint since = now - window;
        if (!life.is_downed && life.resumed <= since && other->resumed <= since &&
            simulation_.is_clean(life.place, other->place, since)) {
          violate(5, life, "accuses " + seen_by.subject.address + " that it can reach");
        }
      }
    }
  }

  /// Who is gone refuses connections, which is as good as silence.
  [[nodiscard]] bool is_running(const Identity& identity) const {
    return std::ranges::any_of(simulation_.running(), [&](const Life* life) {
      return life->core->identity() == identity && simulation_.at(life->place) == life;
    });
  }

  void check_end_of(const Life& life, const Seen& seen) {
    const TimePoint now = simulation_.now();
    if (const auto began = leaving_.find(life.number); began != leaving_.end()) {
      ++exercised_[10];
      if (now - began->second > simulation_.settings().membership.leave_timeout * 3 / 2) {
        violate(10, life, "took too long to leave");
      }
    }
    if (life.core->ended() != End::condemned || life.is_downed || !life.core->is_settled()) return;
    const auto times = membership_times(simulation_.settings().membership.detection, 5);
    const TimePoint decided = std::min(now, life.downed_at);
    const TimePoint since = decided - times.silence_acted_upon * 3 / 2;
    if (life.resumed > since) return;
    std::size_t up = 0;
    std::size_t in_contact = seen.counts_itself ? 1 : 0;  // As the decision counts.
    for (const auto& [identity, kept] : life.core->table().records()) {
      if (kept.record.rank > Rank::leaving) continue;
      ++up;
      for (const Life* other : simulation_.running()) {
        if (other->core->identity() != identity || other == &life) continue;
        if (!kept.record.is_confirmed_up()) continue;
        const bool good = other->is_awake() && other->resumed <= since &&
                          simulation_.is_clean(life.place, other->place, since);
        in_contact += good ? 1 : 0;
      }
    }
    ++up;  // Itself, which is down by now.
    ++exercised_[4];
    const SplitBrainSettings& settings = simulation_.settings().membership.split_brain;
    if (settings.strategy == SplitBrainStrategy::keep_oldest) return;  // No majority goes on there.
    const bool is_enough =
        settings.strategy != SplitBrainStrategy::static_quorum || in_contact >= settings.quorum;
    if (is_enough && 2 * in_contact > up) violate(4, life, "ended, in contact with a majority");
  }

  MembersSimulation& simulation_;
  std::map<std::size_t, Seen> seen_;
  std::map<std::size_t, TimePoint> leaving_;
  std::array<std::uint64_t, rules.size()> exercised_{};
  std::vector<std::string> violations_;
};

}  // namespace troupe::cluster::simulated
