// Core settings: what the core of membership is told of a user's settings.
#pragma once

#include <troupe/cluster/cluster_settings.hpp>
#include <troupe/cluster/leave_times.hpp>
#include <troupe/cluster/membership_settings.hpp>

namespace troupe::cluster {

/// The settings are valid. Any thread.
[[nodiscard]] MembershipSettings core_settings(const ClusterSettings& settings,
                                               const LeaveTimes& times);

}  // namespace troupe::cluster
