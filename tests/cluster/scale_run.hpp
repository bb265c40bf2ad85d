// ScaleRun: one cluster of many cores in virtual time, of which one falls silent: how soon all
// others agree that it is down, and what that and standing idle cost each of them in bytes.
//
// It begins with a cluster that is there, so that thousands need not join one after the other.
#pragma once

#include <unistd.h>
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "members_simulation.hpp"

namespace troupe::cluster::simulated {

struct ScaleResult {
  std::optional<Duration> agreed;  ///< After the silence began; none: not in time.
  double idle_bytes = 0;           ///< Of a node, each second, all on the wire but frames' heads.
  double busy_bytes = 0;           ///< The same from the silence until all agree.
};

class ScaleRun {
 public:
  /// About what one core keeps of one member.
  static constexpr std::size_t bytes_a_member = 1'900;

  /// Whether this machine has the memory for so many; the cores keep a table each.
  [[nodiscard]] static bool has_room_for(std::size_t nodes) {
    const auto pages = static_cast<std::size_t>(::sysconf(_SC_AVPHYS_PAGES));
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return nodes * nodes * bytes_a_member < pages * page;
  }

  ScaleRun(std::size_t nodes, std::uint64_t seed) : simulation_(settings(nodes, seed)) {
    for (std::size_t place = 0; place < nodes; ++place) simulation_.start(place);
    admit_all();
  }

  [[nodiscard]] ScaleResult run() {
    simulation_.run_for(seconds(5));  // Each pings at another moment by then.
    ScaleResult result;
    result.idle_bytes = bytes_in(seconds(20));
    Life& victim = *simulation_.at(simulation_.settings().places / 2);
    simulation_.pause(victim);
    const TimePoint began = simulation_.now();
    const std::uint64_t bytes = simulation_.bytes();
    while (!all_agree_on(victim) && simulation_.now() - began < seconds(60)) {
      simulation_.run_for(milliseconds(50));
    }
    const Duration took = simulation_.now() - began;
    if (all_agree_on(victim)) result.agreed = took;
    result.busy_bytes = each_second(simulation_.bytes() - bytes, took);
    return result;
  }

 private:
  [[nodiscard]] static SimulationSettings settings(std::size_t nodes, std::uint64_t seed) {
    SimulationSettings settings{.seed = seed, .places = nodes, .seeds = 0, .encodes = true};
    settings.membership = MembershipSettings();
    settings.restarts_condemned = false;
    return settings;
  }

  /// Each learns at once that all are up and confirmed.
  void admit_all() {
    Admit admit{true, {}};
    for (const auto& life : simulation_.lives()) {
      MemberRecord record;
      record.identity = life->core->identity();
      record.rank = Rank::up;
      record.provisional = false;
      record.up_number = static_cast<std::uint32_t>(life->number + 1);
      admit.page.records.push_back(record);
    }
    for (const auto& life : simulation_.lives()) {
      const Identity& from = admit.page.records[life->number == 0 ? 1 : 0].identity;
      const Envelope envelope{1, from, life->core->identity(), admit};
      simulation_.step(*life,
                       [&](Membership& core, TimePoint time) { core.receive(envelope, time); });
      simulation_.run_for(milliseconds(1'000) / static_cast<int>(simulation_.settings().places));
    }
  }

  [[nodiscard]] double each_second(std::uint64_t bytes, Duration span) const {
    const double time = std::chrono::duration<double>(span).count();
    return static_cast<double>(bytes) / time / static_cast<double>(simulation_.lives().size());
  }
  [[nodiscard]] double bytes_in(Duration span) {
    const std::uint64_t before = simulation_.bytes();
    simulation_.run_for(span);
    return each_second(simulation_.bytes() - before, span);
  }

  /// All but the one show it as down, and the same of everybody else.
  [[nodiscard]] bool all_agree_on(const Life& gone) const {
    const Identity& identity = gone.core->identity();
    const auto running = simulation_.running();
    const MemberTable* first = nullptr;
    return std::ranges::all_of(running, [&](const Life* life) {
      if (life == &gone) return true;
      const MemberTable& table = life->core->table();
      if (first == nullptr) first = &table;
      const MemberRecord* const record = table.find(identity);
      const bool is_down = record == nullptr || record->rank >= Rank::down;
      return is_down && table.view_digest() == first->view_digest() &&
             life->core->view()->digest == table.view_digest();
    });
  }

  MembersSimulation simulation_;
};

}  // namespace troupe::cluster::simulated
