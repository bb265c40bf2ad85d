#include <troupe/node/former_members.hpp>

#include <algorithm>
#include <troupe/cluster/cluster.hpp>

namespace troupe {
namespace {

constexpr std::size_t seen_max = 1'024;

}  // namespace

void FormerMembers::set_cluster(const Cluster* cluster) {
  const std::lock_guard lock(mutex_);
  cluster_ = cluster;
}

bool FormerMembers::has(std::uint64_t incarnation) {
  const std::lock_guard lock(mutex_);
  if (cluster_ == nullptr) return false;
  const bool is_member = std::ranges::any_of(cluster_->members().members(), [&](const Member& one) {
    return one.identity.incarnation == incarnation;
  });
  if (!is_member) return seen_.contains(incarnation) && cluster_->may_own();
  if (seen_.size() >= seen_max) seen_.erase(seen_.begin());
  seen_.insert(incarnation);
  return false;
}

}  // namespace troupe
