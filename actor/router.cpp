#include <troupe/actor/router.hpp>

namespace troupe {

SupervisorStrategy pool_supervision() {
  using std::chrono::milliseconds;
  // More restarts than the pauses leave room for: 60 s of 80 ms, which is 100 ms less the jitter.
  return one_for_one({.restarts = 1'000, .within = std::chrono::seconds(60)})
      .backoff({.initial = milliseconds(1), .max = milliseconds(100)});
}

}  // namespace troupe
