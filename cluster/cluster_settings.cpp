#include <troupe/cluster/cluster_settings.hpp>

#include <algorithm>
#include <set>
#include <troupe/actor/actor_path.hpp>
#include <troupe/cluster/membership_settings.hpp>
#include <troupe/cluster/port/table_link.hpp>
#include <troupe/cluster/service_entry.hpp>

namespace troupe {
namespace {

constexpr std::size_t seeds_max = 100;
constexpr std::size_t replicas_max = 100;
constexpr std::size_t notes_max = 100;
constexpr std::size_t note_bytes_max = 255;

Result<void> bad(const std::string& what) { return bad_setting("cluster." + what); }

Result<void> check_seeds(const std::vector<std::string>& seeds) {
  if (seeds.empty() || seeds.size() > seeds_max) {
    return bad("seeds has " + std::to_string(seeds.size()) +
               " addresses; it needs 1 to 100, such as bank@10.0.0.1:7001, the same on all nodes");
  }
  std::set<std::string> addresses;
  for (const std::string& seed : seeds) {
    const auto address = NodeAddress::parse(seed);
    if (!address.ok()) return bad("seeds: " + address.error().context());
    if (address->port == 0) return bad("seeds: " + seed + " has no port");
    addresses.insert(address->to_string());
  }
  if (addresses.size() != seeds.size()) return bad("seeds has an address twice");
  return {};
}

/// One says who is a member, and two would disagree.
Result<void> check_authority(const ClusterSettings& settings) {
  if (settings.authority == Authority::gossip) {
    if (settings.redis_replicas != 0) {
      return bad("redis_replicas is " + std::to_string(settings.redis_replicas) +
                 ", and the authority is gossip, which has none: it is for Authority::redis");
    }
    if (settings.redis_url.empty()) return check_seeds(settings.seeds);
    return bad(
        "redis is set, and the authority is gossip; a cluster has one authority, so take "
        "Authority::redis, or no Redis");
  }
  if (!settings.seeds.empty()) {
    return bad(
        "seeds and a Redis are both set; a cluster has one authority, and with Redis nodes "
        "need no seeds");
  }
  if (settings.redis_url.empty()) return bad("redis is empty; it looks like redis://10.0.0.1:6379");
  if (settings.redis_replicas > replicas_max) {
    return bad("redis_replicas is " + std::to_string(settings.redis_replicas) + "; it is 0 to " +
               std::to_string(replicas_max));
  }
  const auto checked = cluster::check_table_url(settings.redis_url);
  return checked.ok() ? checked : bad("redis: " + checked.error().context());
}

bool is_note(const std::string& text) { return !text.empty() && text.size() <= note_bytes_max; }

Result<void> check_notes(const ClusterSettings& settings) {
  if (settings.roles.size() > notes_max || !std::ranges::all_of(settings.roles, &is_note)) {
    return bad("roles has at most 100 roles of 1 to 255 bytes");
  }
  const bool good = std::ranges::all_of(settings.labels, [](const auto& label) {
    return is_note(label.first) && label.second.size() <= note_bytes_max;
  });
  if (settings.labels.size() > notes_max || !good) {
    return bad("labels has at most 100 labels; keys of 1 to 255 bytes, values of at most 255");
  }
  return {};
}

Result<void> check_times(const ClusterSettings& settings) {
  const DetectionSettings& detection = settings.detection;
  struct Range {
    const char* name;
    Duration value;
    Duration least;
    const char* words;
  };
  constexpr Duration tick(1);
  const Range ranges[] = {
      {"detection.heartbeat", detection.heartbeat, std::chrono::milliseconds(1), "at least 1 ms"},
      {"detection.acceptable_pause", detection.acceptable_pause, tick, "positive"},
      {"detection.deviation_min", detection.deviation_min, tick, "positive"},
      {"detection.indirect_probe", detection.indirect_probe, tick, "positive"},
      {"detection.suspicion_min", detection.suspicion_min, tick, "positive"},
      {"detection.stable_after", detection.stable_after, tick, "positive"},
      {"seed_look_every", settings.seed_look_every, std::chrono::milliseconds(1), "at least 1 ms"},
      {"form_after", settings.form_after, Duration::zero(), "zero or more"}};
  for (const Range& range : ranges) {
    if (range.value < range.least || range.value > std::chrono::hours(1)) {
      return bad(std::string(range.name) + " must be " + range.words + ", and an hour at most");
    }
  }
  if (settings.settle_after < settings.seed_look_every ||
      settings.settle_after > std::chrono::hours(1)) {
    return bad("settle_after must be at least seed_look_every, and an hour at most");
  }
  return {};
}

}  // namespace

ClusterSettings ClusterSettings::local() {
  const auto core = cluster::MembershipSettings::local();
  ClusterSettings settings;
  settings.detection = core.detection;
  settings.form_after = core.formation.form_after;
  settings.settle_after = core.settle_after;
  settings.seed_look_every = core.seed_look_every;
  return settings;
}

ClusterSettings ClusterSettings::redis(std::string url) {
  ClusterSettings settings;
  settings.authority = Authority::redis;
  settings.redis_url = std::move(url);
  return settings;
}

Result<void> ClusterSettings::validate() const {
  if (auto checked = check_authority(*this); !checked.ok()) return checked;
  if (auto checked = check_notes(*this); !checked.ok()) return checked;
  if (split_brain.strategy == cluster::SplitBrainStrategy::static_quorum &&
      split_brain.quorum == 0) {
    return bad("split_brain: a static quorum is of at least 1 member");
  }
  if (services_max == 0 || services_max > cluster::service_places_max) {
    return bad("services_max is " + std::to_string(services_max) + "; it is 1 to " +
               std::to_string(cluster::service_places_max));
  }
  return check_times(*this);
}

}  // namespace troupe
