#include <troupe/testkit/network_event.hpp>

#include <array>
#include <cstdio>

namespace troupe::testkit {

std::ostream& operator<<(std::ostream& stream, const NetworkEvent& event) {
  constexpr std::array kinds = {"dialled", "refused", "arrived", "repeated", "lost", "ended"};
  constexpr std::array lanes = {"control", "ordinary", "large"};
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.6f",
                std::chrono::duration<double>(event.at.time_since_epoch()).count());
  return stream << seconds << " s: " << event.from << " > " << event.to << ", connection "
                << event.connection << " (" << lanes[transport::index_of(event.lane)]
                << "): " << kinds[static_cast<std::size_t>(event.kind)];
}

}  // namespace troupe::testkit
