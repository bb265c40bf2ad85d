// FormerMembers: whether a node that was a member of this node's cluster is none any more, for
// whoever may have then what was its own. Who was never seen as a member is not known.
#pragma once

#include <cstdint>
#include <mutex>
#include <set>

namespace troupe {

class Cluster;

/// Any thread.
class FormerMembers {
 public:
  /// Null: of no cluster any more.
  void set_cluster(const Cluster* cluster);

  /// Whether the node of this incarnation was a member when it was asked about before, is removed
  /// now, and this node may own anything.
  [[nodiscard]] bool has(std::uint64_t incarnation);

 private:
  std::mutex mutex_;
  const Cluster* cluster_ = nullptr;
  std::set<std::uint64_t> seen_;
};

}  // namespace troupe
