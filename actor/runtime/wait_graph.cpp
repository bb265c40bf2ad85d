#include <troupe/actor/runtime/wait_graph.hpp>

#include <algorithm>
#include <mutex>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/combined.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <troupe/actor/runtime/wait_edge.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::runtime {
namespace {

/// Limit of edges that are followed, each of which may miss the cache; a longer cycle ends by its
/// time-outs.
constexpr unsigned cycle_length_max = 1'024;
/// Limit of actors and futures that are looked at where some wait for several.
constexpr std::size_t nodes_max = 16'384;

/// A future that an actor waits for, and whose actor that is.
struct CombinedWait {
  FutureBase* future;  // With a reference.
  const CombinedWaits* system;
};
/// Those of all systems, by the numbers of the cells.
struct Waits {
  std::mutex mutex;
  std::unordered_map<std::uint32_t, CombinedWait> by_cell;
};
Waits& waits() {
  // Never destroyed: a system that is static itself may end later.
  static auto& all = *new Waits;
  return all;
}

WaitEdge edge_of(std::uint32_t number) noexcept {
  const Cell* cell = cell_of_number(number);
  return cell == nullptr ? 0 : cell->waits_for.load(std::memory_order_seq_cst);
}

/// Whether what waits can be kept waiting by what its target waits for. The end of an actor cannot,
/// as what it has under way ends with it; but one that drains finishes that first.
bool holds(WaitEdge edge) noexcept {
  if (edge == combined_wait || !is_end_edge(edge)) return edge != 0;
  const Cell* cell = cell_of_number(number_of(edge));
  return cell != nullptr && cell->has_flag(flag_draining);
}

const char* description_of(WaitEdge edge) noexcept {
  return edge != combined_wait && is_end_edge(edge) ? " waits for the end of " : " asks ";
}

/// Where a walk along single edges from one actor ends.
enum class End : std::uint8_t { elsewhere, asker, combined };

End walk(ActorId asker, ActorId target) noexcept {
  std::uint32_t at = number_of(target);
  for (unsigned length = 0; at != 0 && length < cycle_length_max; ++length) {
    if (at == number_of(asker)) return End::asker;
    const WaitEdge edge = edge_of(at);
    if (edge == combined_wait) return End::combined;
    at = holds(edge) ? number_of(edge) : 0;
  }
  return End::elsewhere;
}

/// The cells between the asker and itself on a cycle of single edges.
std::vector<std::uint32_t> others_on_cycle(ActorId asker, ActorId target) {
  std::vector<std::uint32_t> numbers;
  std::uint32_t at = number_of(target);
  while (cell_of_number(at) != nullptr && at != 0 && at != number_of(asker) &&
         numbers.size() < cycle_length_max) {
    numbers.push_back(at);
    at = number_of(edge_of(at));
  }
  return numbers;
}

/// The path of the actor that has the cell; behind the name of its system where that is another.
std::string name_of(const Cell& cell) {
  const SystemVisit core(cell.anchor.load(std::memory_order_relaxed));
  if (!core) return "/gone";
  std::string path = path_of(*core, cell.id.load(std::memory_order_relaxed));
  return &*core == this_thread.core ? path : core->name + ":" + path;
}

/// `edge` is the asker's.
Error deadlock(ActorId asker, WaitEdge edge, const std::vector<std::uint32_t>& others) {
  const std::string first = name_of(*find_cell(asker));
  std::string cycle = first;
  for (const std::uint32_t number : others) {
    cycle += description_of(edge);
    cycle += name_of(*cell_of_number(number));
    edge = edge_of(number);
  }
  return {ErrorCode::deadlock,
          cycle + description_of(edge) + first +
              ", and none of them is reentrant: the answer, the end, or room in the mailbox, could "
              "never come",
          Execution::not_executed};
}

}  // namespace

/// A search in the graph where it is more than a line. The first node is the asker.
class WaitSearch {
 public:
  explicit WaitSearch(ActorId asker) : asker_(asker) {}

  /// The cells between the asker and itself on a cycle that can never end, if it is on one.
  [[nodiscard]] std::optional<std::vector<std::uint32_t>> run() {
    {
      const std::lock_guard lock(waits().mutex);
      add_cell(number_of(asker_));
      // What is found is appended.
      for (std::size_t at = 0; at < nodes_.size(); ++at) expand(at);
    }
    free_what_may_come();
    if (nodes_.front().is_free) return std::nullopt;
    return way_back();
  }

 private:
  struct Node {
    std::uint32_t number = 0;      // Of a cell; 0 for a combined future.
    FutureBase* future = nullptr;  // Only valid while the lock is held.
    ActorId asker = 0;             // Whose future that is.
    bool waits_for_each = true;
    bool is_free = false;
    std::size_t came_from = 0;
    std::vector<std::size_t> waits_for = {};
    std::vector<std::size_t> awaited_by = {};
  };

  std::size_t add_cell(std::uint32_t number) {
    const auto [entry, is_new] = cells_.try_emplace(number, nodes_.size());
    if (is_new) nodes_.push_back(Node{.number = number});
    return entry->second;
  }
  std::size_t add_combined(FutureBase& future, ActorId asker) {
    nodes_.push_back(Node{.future = &future, .asker = asker});
    return nodes_.size() - 1;
  }
  void connect(std::size_t from, std::size_t to) {
    nodes_[from].waits_for.push_back(to);
    nodes_[to].awaited_by.push_back(from);
  }

  void expand(std::size_t at) {
    if (nodes_.size() > nodes_max) return;  // It counts as one that may go on.
    if (nodes_[at].future != nullptr) return expand_combined(at);
    const std::uint32_t number = nodes_[at].number;
    const WaitEdge edge = edge_of(number);
    if (edge != combined_wait) {
      if (holds(edge)) connect(at, add_cell(number_of(edge)));
      return;
    }
    const auto entry = waits().by_cell.find(number);
    if (entry == waits().by_cell.end()) return;
    const ActorId id = cell_of_number(number)->id.load(std::memory_order_relaxed);
    if (const auto to = find_waiting(*entry->second.future, id)) connect(at, *to);
  }

  void expand_combined(std::size_t at) {
    Combined& combined = *nodes_[at].future->combined();
    const ActorId asker = nodes_[at].asker;
    nodes_[at].waits_for_each = combined.waits_for_each();
    for (const CombinedPart& part : combined.parts()) {
      const auto to = find_waiting(*part.state, asker);
      if (to) {
        connect(at, *to);
      } else if (!combined.waits_for_each()) {
        nodes_[at].is_free = true;
        return;
      }
    }
  }

  /// The node of what the future waits for; none where that may come, for all that is known.
  std::optional<std::size_t> find_waiting(FutureBase& future, ActorId asker) {
    FutureBase& source = future.source();
    if (future.ready() || source.ready()) return std::nullopt;
    if (source.combined() != nullptr) return add_combined(source, asker);
    const ActorId responder = source.responder_of(asker);
    const Cell* cell = find_cell(responder);
    // Another actor may have the cell of one that has ended, and owes nothing.
    if (responder == 0 || cell == nullptr ||
        cell->id.load(std::memory_order_relaxed) != responder) {
      return std::nullopt;
    }
    // An actor that waits for its own end handles no order to end.
    if (responder != asker && !holds(wait_edge(responder, source.edge_number())))
      return std::nullopt;
    if (responder != asker_ && edge_of(number_of(responder)) == 0) return std::nullopt;
    return add_cell(number_of(responder));
  }

  /// Whoever waits for nothing may go on, and then those that this is enough for, and so on.
  void free_what_may_come() {
    std::vector<std::size_t> left(nodes_.size());
    std::vector<std::size_t> freed;
    for (std::size_t at = 0; at < nodes_.size(); ++at) {
      left[at] = nodes_[at].waits_for.size();
      if (left[at] == 0) nodes_[at].is_free = true;
      if (nodes_[at].is_free) freed.push_back(at);
    }
    while (!freed.empty()) {
      const std::size_t at = freed.back();
      freed.pop_back();
      for (const std::size_t waiter : nodes_[at].awaited_by) {
        Node& node = nodes_[waiter];
        if (node.is_free || (--left[waiter] != 0 && node.waits_for_each)) continue;
        node.is_free = true;
        freed.push_back(waiter);
      }
    }
  }

  /// The shortest way from the asker to itself among those that can never go on. Others may be on
  /// a cycle without it, which ends when one of them hears of it.
  [[nodiscard]] std::optional<std::vector<std::uint32_t>> way_back() {
    std::vector<bool> seen(nodes_.size());
    std::vector<std::size_t> queue = {0};
    for (std::size_t next = 0; next < queue.size(); ++next) {
      const std::size_t at = queue[next];
      for (const std::size_t to : nodes_[at].waits_for) {
        if (to == 0) return cells_up_to(at);
        if (seen[to] || nodes_[to].is_free) continue;
        seen[to] = true;
        nodes_[to].came_from = at;
        queue.push_back(to);
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::vector<std::uint32_t> cells_up_to(std::size_t at) const {
    std::vector<std::uint32_t> numbers;
    for (; at != 0; at = nodes_[at].came_from) {
      if (nodes_[at].number != 0) numbers.push_back(nodes_[at].number);
    }
    std::ranges::reverse(numbers);
    return numbers;
  }

  ActorId asker_;
  std::vector<Node> nodes_;
  std::unordered_map<std::uint32_t, std::size_t> cells_;  // By number.
};

// A future is released without the lock: that may destroy what is a user's.

CombinedWaits::~CombinedWaits() {
  std::vector<FutureBase*> left;
  {
    const std::lock_guard lock(waits().mutex);
    std::erase_if(waits().by_cell, [&](const auto& entry) {
      if (entry.second.system != this) return false;
      left.push_back(entry.second.future);
      return true;
    });
  }
  for (FutureBase* future : left) future->release();
}

void CombinedWaits::begin(std::uint32_t cell_number, FutureBase& future) {
  const std::lock_guard lock(waits().mutex);
  waits().by_cell.emplace(cell_number, CombinedWait{&future, this});
  future.retain();
}

void CombinedWaits::end(std::uint32_t cell_number) noexcept {
  FutureBase* future = nullptr;
  {
    const std::lock_guard lock(waits().mutex);
    const auto entry = waits().by_cell.find(cell_number);
    if (entry == waits().by_cell.end()) return;
    future = entry->second.future;
    waits().by_cell.erase(entry);
  }
  future->release();
}

std::optional<Error> find_cycle(ActorId asker, ActorId target, WaitEdge edge) {
  // An actor that waits for its own end handles no order to end.
  if (target != asker && !holds(edge)) return std::nullopt;
  const End end = walk(asker, target);
  if (end == End::elsewhere) return std::nullopt;
  if (find_cell(target)->id.load(std::memory_order_relaxed) != target) return std::nullopt;
  const bool is_line = end == End::asker && edge_of(number_of(asker)) != combined_wait;
  if (!is_line) return find_cycle_of_combined(asker);
  return deadlock(asker, edge, others_on_cycle(asker, target));
}

std::optional<Error> find_cycle_of_combined(ActorId asker) {
  const auto others = WaitSearch(asker).run();
  if (!others) return std::nullopt;
  return deadlock(asker, edge_of(number_of(asker)), *others);
}

}  // namespace troupe::runtime
