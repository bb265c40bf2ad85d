#include <troupe/cluster/port/core_settings.hpp>

#include <troupe/actor/actor_path.hpp>

namespace troupe::cluster {

MembershipSettings core_settings(const ClusterSettings& settings, const LeaveTimes& times) {
  MembershipSettings core;
  for (const std::string& seed : settings.seeds) {  // As those nodes write themselves.
    core.formation.seeds.push_back(NodeAddress::parse(seed).value().to_string());
  }
  core.formation.form_after = settings.form_after;
  core.detection = settings.detection;
  core.split_brain = settings.split_brain;
  core.meta.roles = settings.roles;
  core.meta.labels = settings.labels;
  core.settle_after = settings.settle_after;
  core.seed_look_every = settings.seed_look_every;
  core.leave_timeout = times.actors;
  core.farewell_timeout = times.farewell;
  core.by_table = settings.authority == Authority::redis;
  // Who is cut from the table alone hears of no end, and would bring back who is forgotten here.
  if (core.by_table) core.limits.tombstones_kept = Duration::max();
  return core;
}

}  // namespace troupe::cluster
