// ReceptionistCounts: what a node's receptionist has counted.
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe {

struct ReceptionistCounts {
  std::size_t enrolled = 0;       ///< Entries of this node, now.
  std::size_t known = 0;          ///< Entries of all members, now.
  std::size_t subscriptions = 0;  ///< Now.
  std::uint64_t refused = 0;      ///< Past services_max or subscriptions_max, since the start.
  std::uint64_t malformed = 0;    ///< Lists of others that made no sense, and were passed over.
  /// Actors that were left out of a listing, as refs may name no more lives of nodes.
  std::uint64_t left_out = 0;
};

}  // namespace troupe
