#include <troupe/transport/lives/crowded_addresses.hpp>

#include <algorithm>
#include <array>

namespace troupe::transport {
namespace {

/// Links that give way at a time, so that they delay nobody, and when the next ones do.
constexpr std::size_t giving_way_max = 64;
constexpr Duration giving_way_pause = std::chrono::milliseconds(10);
/// When it is tried again where none could give way, or none has to.
constexpr Duration crowded_pause = std::chrono::milliseconds(100);
/// Where there are more than may be, one that something waits on has this time to reach somebody.
constexpr Duration crowded_dial_time = std::chrono::seconds(1);

/// Whether nobody has answered at its address, or come from there, as far as is remembered.
bool leads_to_nobody(const PeerLink& link) {
  return link.drive.lives.empty() && link.incarnation() == 0 && link.merged_into() == nullptr &&
         !link.has_parts() && link.drive.clash.newcomer() == 0;
}

bool is_waited_for(const PeerLink& link) {
  return link.state() == AssociationState::handshaking || link.has_pending() ||
         link.has_dependents();
}

}  // namespace

void CrowdedAddresses::look(TimePoint now) {
  const bool is_crowd = links_.all().size() > lives_.size() + settings_.peers_max;
  if (!is_crowd) at_ = TimePoint::max();
  if (!is_crowd || (at_ != TimePoint::max() && now < at_)) return;
  std::array<std::vector<PeerLink*>, 2> leaving;
  std::size_t all = 0;
  for (PeerLink* const link : links_.all()) {
    if (!leads_to_nobody(*link)) continue;
    ++all;
    const bool is_waited = is_waited_for(*link);
    if (is_waited && now - std::min(link->drive.unreachable_since, now) < crowded_dial_time)
      continue;
    if (leaving[is_waited ? 1 : 0].size() < giving_way_max)
      leaving[is_waited ? 1 : 0].push_back(link);
  }
  const std::size_t too_many = all - std::min(all, settings_.peers_max);
  std::size_t left = std::min(too_many, giving_way_max);
  for (const auto& some : leaving) {
    for (PeerLink* const link : some) {
      if (left > 0 && give_way(*link)) --left;
    }
  }
  at_ = now + (left == 0 && too_many > 0 ? giving_way_pause : crowded_pause);
}

bool CrowdedAddresses::give_way(PeerLink& link) {
  if (!link.is_at_rest()) {
    ends_.declare_down(link,
                       "nobody was reached there yet, and this node knows of nobody at more than " +
                           std::to_string(settings_.peers_max) + " addresses (peers_max)",
                       EndedLives::Cause::lost);
  }
  if (!links_.forget(link)) return false;
  gave_way_.add();
  return true;
}

}  // namespace troupe::transport
