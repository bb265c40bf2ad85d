// Any number of seeds of the simulated cluster, on as many threads as there are cores; ends with
// one line of counts. scripts/soak builds and runs it.
#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "fault_schedule.hpp"
#include "scale_run.hpp"

namespace troupe::cluster::simulated {
namespace {

struct Order {
  std::uint64_t first = 1;
  std::uint64_t seeds = 1'000;
  std::size_t nodes_min = 5;
  std::size_t nodes_max = 5;
};

/// Of all seeds that have been run.
struct Totals {
  std::uint64_t seeds = 0;
  std::uint64_t failed = 0;
  std::uint64_t lives = 0;
  std::uint64_t messages = 0;
  std::array<std::uint64_t, Invariants::rules.size()> exercised{};
};

/// The strategies take turns; a majority decides in half of the runs, as in most clusters.
SplitBrainSettings strategy_of(std::uint64_t seed, std::size_t nodes) {
  if (seed % 4 == 1) return {SplitBrainStrategy::static_quorum, nodes / 2 + 1};
  if (seed % 4 == 3) return {SplitBrainStrategy::keep_oldest, 0};
  return {};
}

class Soak {
 public:
  explicit Soak(const Order& order) : order_(order), next_(order.first) {}

  [[nodiscard]] Totals run() {
    std::vector<std::jthread> threads(std::max(1U, std::thread::hardware_concurrency()));
    for (std::jthread& thread : threads) thread = std::jthread([this] { run_some(); });
    threads.clear();
    return totals_;
  }

 private:
  void run_some() {
    for (std::uint64_t seed = next_++; seed - order_.first < order_.seeds; seed = next_++) {
      run_one(seed, order_.nodes_min + seed % (order_.nodes_max - order_.nodes_min + 1));
    }
  }

  void run_one(std::uint64_t seed, std::size_t nodes) {
    SimulationSettings settings = FaultSchedule::usual(seed, nodes);
    settings.membership.split_brain = strategy_of(seed, nodes);
    FaultSchedule schedule(settings);
    const RunResult result = schedule.run();
    const std::lock_guard lock(mutex_);
    ++totals_.seeds;
    totals_.lives += schedule.simulation().lives().size();
    totals_.messages += result.messages;
    for (std::size_t i = 0; i < result.exercised.size(); ++i) {
      totals_.exercised[i] += result.exercised[i];
    }
    if (result.violations.empty()) return;
    ++totals_.failed;
    std::printf("%s%s\nreplay: scripts/soak cluster --seeds 1 --from %llu --nodes %zu\n",
                result.story.c_str(), result.violations.front().c_str(),
                static_cast<unsigned long long>(seed), nodes);
  }

  const Order order_;
  std::atomic<std::uint64_t> next_;
  std::mutex mutex_;
  Totals totals_;
};

/// "5" or "3-25".
std::string take_nodes(const std::string& text, Order& order) {
  char rest = 0;
  const int read =
      std::sscanf(text.c_str(), "%zu-%zu%c", &order.nodes_min, &order.nodes_max, &rest);
  if (read == 1 && text.find('-') == std::string::npos) order.nodes_max = order.nodes_min;
  const bool is_whole = read == 2 || (read == 1 && order.nodes_max == order.nodes_min);
  if (is_whole && order.nodes_min >= 2 && order.nodes_max <= 100 &&
      order.nodes_min <= order.nodes_max) {
    return {};
  }
  return "--nodes is " + text + "; it is a number or a range of 2 to 100, such as 5 or 3-25";
}

void print(const Totals& totals, std::chrono::duration<double> took) {
  std::string exercised;
  for (std::size_t i = 0; i < totals.exercised.size(); ++i) {
    exercised +=
        " " + std::string(Invariants::rules[i].name) + " " + std::to_string(totals.exercised[i]);
  }
  std::printf(
      "soak cluster: %llu seeds, %llu failed; %llu lives (%.0f a minute), %llu messages, "
      "%.1f s; exercised:%s\n",
      static_cast<unsigned long long>(totals.seeds), static_cast<unsigned long long>(totals.failed),
      static_cast<unsigned long long>(totals.lives),
      static_cast<double>(totals.lives) * 60 / took.count(),
      static_cast<unsigned long long>(totals.messages), took.count(), exercised.c_str());
}

/// For a thousand nodes, and for ten thousand twice that: the time until all agree, and the bytes
/// of each node in a second.
constexpr double agreed_seconds_max = 14.1;
constexpr double bytes_max = 5 * 1024;

/// Whether it kept to its bars.
bool measure(std::size_t nodes, std::uint64_t seed) {
  if (!ScaleRun::has_room_for(nodes)) {
    std::printf("soak cluster: %zu nodes: NOT RUN, %zu cores of as many members take %zu GiB\n",
                nodes, nodes, (nodes * nodes * ScaleRun::bytes_a_member) >> 30U);
    return false;
  }
  const ScaleResult result = ScaleRun(nodes, seed).run();
  const double twice = nodes > 1'000 ? 2 : 1;
  const double agreed = result.agreed ? std::chrono::duration<double>(*result.agreed).count() : 1e9;
  const double most = std::max(result.idle_bytes, result.busy_bytes);
  const bool is_met = agreed <= twice * agreed_seconds_max && most < twice * bytes_max;
  std::printf(
      "soak cluster: %zu nodes: all agree %.1f s after a silence (bar %.1f s); a node sends %.2f "
      "KiB/s when idle, %.2f KiB/s until they agree (bar %.0f KiB/s): %s\n",
      nodes, agreed, twice * agreed_seconds_max, result.idle_bytes / 1024, result.busy_bytes / 1024,
      twice * bytes_max / 1024, is_met ? "met" : "MISSED");
  return is_met;
}

int run(int argc, char** argv) {
  Order order;
  std::vector<std::size_t> scale;
  std::string nodes = "5";
  CLI::App app("Runs simulated clusters under faults chosen by seeds", "scripts/soak cluster");
  app.add_option("--seeds", order.seeds, "How many")->check(CLI::Range(1ULL, 1'000'000'000ULL));
  app.add_option("--from", order.first, "The first");
  app.add_option("--nodes", nodes, "Nodes of a cluster, as 5 or 3-25; a range goes by the seed");
  app.add_option("--scale", scale, "Instead: how so many nodes agree on one that falls silent")
      ->delimiter(',')
      ->check(CLI::Range(12, 20'000));
  CLI11_PARSE(app, argc, argv);
  if (const std::string wrong = take_nodes(nodes, order); !wrong.empty()) {
    std::fprintf(stderr, "scripts/soak: %s\n", wrong.c_str());
    return 2;
  }
  if (!scale.empty()) {
    bool is_met = true;
    for (const std::size_t count : scale) is_met &= measure(count, order.first);
    return is_met ? 0 : 1;
  }
  const auto began = std::chrono::steady_clock::now();
  const Totals totals = Soak(order).run();
  print(totals, std::chrono::steady_clock::now() - began);
  return totals.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace troupe::cluster::simulated

int main(int argc, char** argv) { return troupe::cluster::simulated::run(argc, argv); }
