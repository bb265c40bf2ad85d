// SimulatedAuthority: a server that holds the table for all lives of a MembersSimulation, with what
// befalls servers: it is away, slow, hung in the middle of a request, emptied, put back to an older
// state, replaced by a copy that lacks the last writes.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <troupe/cluster/table/table_authority.hpp>
#include <troupe/testkit/simulated_table.hpp>
#include <utility>

#include "members_simulation.hpp"

namespace troupe::cluster::simulated {

class SimulatedAuthority {
 public:
  /// Goes in front of what the simulation calls after each step by now.
  explicit SimulatedAuthority(MembersSimulation& simulation)
      : simulation_(simulation), random_(simulation.settings().seed + 77) {
    simulation.after_step = [this, inner = simulation.after_step](Life& life) {
      drive(life);
      if (inner) inner(life);
    };
    remember();
  }

  // What befalls the server, until mend().
  void be_away() { is_away_ = true; }
  void be_slow(Duration delay_max) { delay_max_ = delay_max; }
  /// Each way takes as long as this.
  void be_slow_by(Duration delay) {
    delay_min_ = delay;
    delay_max_ = Duration(1);
  }
  void lose_replies(double share) { loss_ = share; }
  void cut_off(std::size_t place) { cut_off_.insert(place); }
  void mend() {
    is_away_ = false;
    delay_max_ = milliseconds(2);
    delay_min_ = Duration(0);
    loss_ = 0;
    cut_off_.clear();
  }

  // What has befallen it: another life of the server answers from now on.
  void start_anew() {
    table.flush();
    ++server_;
  }
  void restore(std::size_t states_back) {
    if (states_back < states_.size()) table = states_[states_.size() - 1 - states_back];
    ++server_;
  }
  /// Without a new life of the server.
  void restore_in_place(std::size_t states_back) {
    restore(states_back);
    --server_;
  }

  /// Of each life that there was.
  [[nodiscard]] TableAuthority& of(const Life& life) { return part_of(life).authority; }
  [[nodiscard]] std::uint64_t doubts() const {
    std::uint64_t sum = 0;
    for (const auto& [number, part] : parts_) sum += part->authority.counts().doubts;
    return sum;
  }

  testkit::SimulatedTable table;

 private:
  struct Part {
    Part(const TableAuthority::Settings& settings, const Identity& self, std::uint64_t seed,
         TimePoint now)
        : authority(settings, self, seed, now) {}

    TableAuthority authority;
    int server = -1;  ///< The one that it was connected to last.
    TimePoint armed = TimePoint::max();
  };

  Part& part_of(const Life& life) {
    std::unique_ptr<Part>& part = parts_[life.number];
    if (part == nullptr) {
      const MembershipSettings& settings = simulation_.settings().membership;
      part = std::make_unique<Part>(
          TableAuthority::Settings{settings.detection, settings.split_brain, {}},
          life.core->identity(), random_.next(), life.local(simulation_.now()));
    }
    return *part;
  }

  void drive(Life& life) {
    Part& part = part_of(life);
    const TimePoint now = life.local(simulation_.now());
    part.authority.tell(*life.core, now);
    if (life.core->ended()) {
      return simulation_.after({}, [&] { simulation_.step(life, [](Membership&, TimePoint) {}); });
    }
    if (auto request = part.authority.ask(*life.core, now)) send(life, std::move(*request));
    arm(life, part);
  }

  void arm(Life& life, Part& part) {
    const TimePoint at = std::max(life.global(part.authority.next_time()), simulation_.now());
    if (at >= part.armed || part.authority.next_time() == TimePoint::max()) return;
    part.armed = at;
    simulation_.after(at - simulation_.now(), [this, &life, &part, at] {
      if (part.armed != at) return;
      part.armed = TimePoint::max();
      when_awake(life, [](Membership&, TimePoint) {});
    });
  }

  void when_awake(Life& life, std::function<void(Membership&, TimePoint)> event) {
    if (!life.is_running) return;
    auto run = [this, &life, event = std::move(event)] { simulation_.step(life, event); };
    if (life.is_paused) {
      life.held.push_back(std::move(run));
    } else {
      run();
    }
  }

  void note_downs() {
    for (Life* life : simulation_.running()) {
      const auto row = table.rows().find(table_key(life->core->identity()));
      const bool is_down = row != table.rows().end() && row->second.record.rank >= Rank::down;
      if (is_down) life->downed_at = std::min(life->downed_at, simulation_.now());
    }
  }

  [[nodiscard]] Duration delay() {
    const auto more = random_.below(static_cast<std::uint64_t>(delay_max_.count()));
    return delay_min_ + Duration(static_cast<Duration::rep>(more));
  }

  /// The client gives up after its time; what it sent may be executed before or after that.
  void send(Life& life, TableRequest request) {
    const auto open = std::make_shared<bool>(true);
    const Duration timeout =
        membership_times(simulation_.settings().membership.detection, 1).table_timeout;
    simulation_.after(timeout, [this, &life, open] {
      if (!std::exchange(*open, false)) return;
      when_awake(life, [this, &life](Membership&, TimePoint now) {
        part_of(life).authority.failed("no answer", now);
      });
    });
    simulation_.after(delay(), [this, &life, open, request = std::move(request)] {
      if (is_away_ || cut_off_.contains(life.place)) return;
      TableAnswer answer = table.handle(request);
      note_downs();
      remember();
      if (random_.unit() < loss_) return;
      simulation_.after(
          delay(), [this, &life, open, server = server_, answer = std::move(answer)]() mutable {
            if (cut_off_.contains(life.place) || server != server_) return;
            if (!std::exchange(*open, false)) return;
            deliver(life, std::move(answer));
          });
    });
  }

  void deliver(Life& life, TableAnswer answer) {
    when_awake(life, [this, &life, server = server_, answer = std::move(answer)](Membership&,
                                                                                 TimePoint now) {
      Part& part = part_of(life);
      if (std::exchange(part.server, server) != server) {
        part.authority.connected("server " + std::to_string(server), now);
      }
      part.authority.answered(answer, now);
    });
  }

  void remember() {
    constexpr std::size_t states_max = 60;
    if (!states_.empty() && states_.back().version() == table.version()) return;
    states_.push_back(table);
    if (states_.size() > states_max) states_.pop_front();
  }

  MembersSimulation& simulation_;
  Random random_;
  std::map<std::size_t, std::unique_ptr<Part>> parts_;
  std::deque<testkit::SimulatedTable> states_;
  bool is_away_ = false;
  Duration delay_max_ = milliseconds(2);
  Duration delay_min_ = Duration(0);
  double loss_ = 0;
  std::set<std::size_t> cut_off_;
  int server_ = 0;
};

}  // namespace troupe::cluster::simulated
