// A schedule of faults for a simulated cluster, all of it chosen by the seed: a start, some
// episodes of faults, and a quiet time after which everybody has to agree.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "invariants.hpp"
#include "members_simulation.hpp"

namespace troupe::cluster::simulated {

struct RunResult {
  std::vector<std::string> violations;
  std::array<std::uint64_t, Invariants::rules.size()> exercised{};
  std::string story;
  std::uint64_t messages = 0;
};

class FaultSchedule {
 public:
  FaultSchedule(std::uint64_t seed, std::size_t places) : FaultSchedule(usual(seed, places)) {}
  explicit FaultSchedule(const SimulationSettings& settings)
      : simulation_(settings), invariants_(simulation_), random_(settings.seed) {}

  [[nodiscard]] static SimulationSettings usual(std::uint64_t seed, std::size_t places) {
    return {
        .seed = seed, .places = places, .seeds = places - places % 2, .encodes = seed % 16 == 0};
  }

  [[nodiscard]] MembersSimulation& simulation() { return simulation_; }
  /// Faults of something else than the members: they come to half of the episodes, and last as
  /// long. Returns what it did, for the story, and what ends it.
  std::function<std::pair<std::string, std::function<void()>>(Random&)> other_fault;

  [[nodiscard]] RunResult run() {
    begin();
    const auto episodes = 3 + random_.below(3);
    for (std::uint64_t i = 0; i < episodes && invariants_.violations().empty(); ++i) {
      std::function<void()> mend;
      if (other_fault && random_.below(2) == 0) {
        auto [what, end] = other_fault(random_);
        tell(what);
        mend = std::move(end);
      }
      if (mend && random_.below(2) == 0) {
        run_some(6'000);
      } else {
        episode();
      }
      if (mend) mend();
      simulation_.heal();
      simulation_.run_for(milliseconds(random_.below(6'000)));
    }
    for (const auto& life : simulation_.lives()) simulation_.resume(*life);
    simulation_.run_for(seconds(3));
    for (const auto& life : simulation_.lives()) {  // Nobody can answer one whose address is taken.
      if (life->is_running && simulation_.at(life->place) != life.get()) {
        simulation_.crash(*life);
      }
    }
    for (std::size_t place = 0; place < places(); ++place) {
      if (simulation_.at(place) == nullptr) simulation_.start(place);
    }
    simulation_.run_for(seconds(25));
    if (invariants_.violations().empty()) invariants_.check_end();
    RunResult result{invariants_.violations(), {}, story_, simulation_.messages()};
    for (std::size_t i = 0; i < Invariants::rules.size(); ++i) {
      result.exercised[i] = invariants_.exercised(i);
    }
    return result;
  }

 private:
  [[nodiscard]] std::size_t places() const { return simulation_.settings().places; }
  [[nodiscard]] std::size_t any_place() { return random_.below(places()); }
  [[nodiscard]] Life* anybody() {
    const auto running = simulation_.running();
    return running.empty() ? nullptr : running[random_.below(running.size())];
  }
  void tell(const std::string& what) {
    story_ += "  " + std::to_string(simulation_.now().time_since_epoch() / milliseconds(1)) +
              " ms: " + what + "\n";
  }

  void begin() {
    for (std::size_t place = 0; place < places(); ++place) {
      simulation_.after(milliseconds(random_.below(1'500)), [this, place] {
        if (simulation_.at(place) == nullptr) simulation_.start(place);
      });
    }
    simulation_.run_for(seconds(6));
  }

  void episode() {
    switch (random_.below(12)) {
      case 0: return partition(false);
      case 1: return partition(true);
      case 2: return one_way();
      case 3: return single_link();
      case 4: return pauses();
      case 5: return crashes();
      case 6: return leaves();
      case 7: return operator_downs();
      case 8: return sick();
      case 9: return false_voice();
      case 10: return replaced_while_paused();
      default: return flapping();
    }
  }

  void run_some(std::uint64_t milliseconds_max) {
    simulation_.run_for(milliseconds(200 + random_.below(milliseconds_max)));
  }

  /// Cuts the places in two; with more, somebody leaves, joins or crashes meanwhile.
  void partition(bool with_more) {
    std::string left;
    std::vector<bool> side(places());
    for (std::size_t place = 0; place < places(); ++place) {
      side[place] = random_.below(2) == 0;
      if (side[place]) left += " " + std::to_string(place);
    }
    if (with_more && random_.below(2) == 0) {
      if (Life* life = anybody()) begin_leave(*life, milliseconds(random_.below(1'900)));
      simulation_.run_for(milliseconds(random_.below(50)));
    }
    tell("cut off:" + left);
    for (std::size_t a = 0; a < places(); ++a) {
      for (std::size_t b = 0; b < places(); ++b) {
        if (side[a] && !side[b]) simulation_.cut_both(a, b);
      }
    }
    if (with_more) {
      if (Life* life = anybody()) restart(*life, random_.below(2) == 0);
    }
    run_some(6'000);
  }

  void one_way() {
    const std::size_t place = any_place();
    tell("one way: nobody hears " + std::to_string(place));
    for (std::size_t other = 0; other < places(); ++other) {
      if (other != place && random_.below(4) != 0) simulation_.cut(place, other);
    }
    run_some(6'000);
  }

  void single_link() {
    const std::size_t a = any_place();
    const std::size_t b = any_place();
    tell("link " + std::to_string(a) + " - " + std::to_string(b));
    if (a != b) simulation_.cut_both(a, b);
    run_some(6'000);
  }

  void pauses() {
    std::vector<Life*> paused;
    for (std::uint64_t i = 0; i <= random_.below(places()); ++i) {
      if (Life* life = anybody()) paused.push_back(life);
    }
    for (Life* life : paused) {
      tell("pauses " + std::to_string(life->place));
      simulation_.pause(*life);
      simulation_.run_for(milliseconds(random_.below(300)));
    }
    run_some(random_.below(2) == 0 ? 600 : 6'000);
    for (Life* life : paused) simulation_.resume(*life);
    run_some(3'000);
  }

  void restart(Life& life, bool moves) {
    tell("restarts " + std::to_string(life.place) + (moves ? " elsewhere" : ""));
    if (life.place < simulation_.settings().seeds) moves = false;
    simulation_.crash(life);
    simulation_.after(milliseconds(50 + random_.below(2'000)), [this, place = life.place, moves] {
      if (simulation_.at(place) != nullptr) return;
      if (moves) simulation_.move_address(place);
      simulation_.start(place);
    });
  }

  void crashes() {
    for (std::uint64_t i = 0; i <= random_.below(2); ++i) {
      if (Life* life = anybody()) restart(*life, random_.below(3) == 0);
      simulation_.run_for(milliseconds(random_.below(200)));
    }
    run_some(4'000);
  }

  void begin_leave(Life& life, Duration hand_over) {
    tell("leaves " + std::to_string(life.place));
    invariants_.began_to_leave(life);
    life.is_leaving = true;
    simulation_.step(life, [](Membership& core, TimePoint time) { core.leave(time); });
    simulation_.after(hand_over, [this, &life] {
      simulation_.step(life, [](Membership& core, TimePoint time) { core.exit(time); });
    });
  }

  void leaves() {
    for (std::uint64_t i = 0; i <= random_.below(2); ++i) {
      if (Life* life = anybody()) begin_leave(*life, milliseconds(random_.below(1'500)));
    }
    run_some(4'000);
  }

  void operator_downs() {
    Life* by = anybody();
    Life* whom = anybody();
    if (by == nullptr || by == whom) return;
    if (simulation_.at(by->place) != by) return;  // Nobody reaches it: its address is another's.
    tell("operator downs " + std::to_string(whom->place));
    whom->is_downed = true;
    simulation_.step(
        *by, [&](Membership& core, TimePoint time) { core.down(whom->core->identity(), time); });
    run_some(4'000);
  }

  void sick() {
    const std::size_t place = any_place();
    tell("loses nine of ten: " + std::to_string(place));
    for (std::size_t other = 0; other < places(); ++other) {
      if (other == place) continue;
      simulation_.lose(place, other, 0.9);
      simulation_.lose(other, place, 0.9);
    }
    run_some(6'000);
  }

  void false_voice() {
    Life* by = anybody();
    if (by == nullptr) return;
    tell("tells all that they are down: " + std::to_string(by->place));
    for (Life* life : simulation_.running()) {
      if (life == by) continue;
      const Envelope lie{by->core->cluster(), by->core->identity(), life->core->identity(),
                         ToldDown{}};
      simulation_.step(*life, [&](Membership& core, TimePoint time) { core.receive(lie, time); });
    }
    run_some(2'000);
  }

  /// The address answers for a new life while the old one is paused, which then wakes.
  void replaced_while_paused() {
    Life* old = anybody();
    // In a cluster of two the old life may be the oldest, which wins the tie: docs/cluster.md.
    if (old == nullptr || old->core->view()->up() < 3) return;
    tell("replaced while paused: " + std::to_string(old->place));
    old->is_downed = true;
    simulation_.pause(*old);
    simulation_.start(old->place);
    run_some(4'000);
    if (Life* other = anybody(); other != old && random_.below(2) == 0) {
      restart(*other, false);
      simulation_.run_for(seconds(4));
    }
    simulation_.resume(*old);
    run_some(2'000);
  }

  void flapping() {
    const std::size_t a = any_place();
    tell("flaps " + std::to_string(a));
    for (int i = 0; i < 6; ++i) {
      for (std::size_t b = 0; b < places(); ++b) {
        if (b != a) simulation_.cut_both(a, b, i % 2 == 0);
      }
      run_some(1'000);
    }
  }

  MembersSimulation simulation_;
  Invariants invariants_;
  Random random_;
  std::string story_;
};

}  // namespace troupe::cluster::simulated
