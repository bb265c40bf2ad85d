// MiddlewareChain: the middleware of one actor, and what is kept for it between the steps of a
// message. Who calls it: see interception.hpp and handling_times.hpp.
#pragma once

#include <memory>
#include <optional>
#include <troupe/actor/middleware.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::runtime {

/// What is known of the message that an actor with middleware handles next.
struct NextMessage {
  const Envelope* envelope = nullptr;
  std::optional<std::size_t> encoded_bytes = std::nullopt;
  std::optional<TimePoint> came = std::nullopt;
};

/// The handlers of one actor that are under way as Tasks, by their requests.
struct HandlingTimes {
  struct Handling {
    HandledMessage message;
    TimePoint begun;
  };
  std::unordered_map<const Envelope*, Handling> under_way;
};

/// The middleware of an actor that has any, and what is known for it.
struct MiddlewareChain {
  std::vector<std::shared_ptr<Middleware>> links;
  NextMessage next_message;
  std::unique_ptr<HandlingTimes> times;  ///< Where a link wants them.
};

}  // namespace troupe::runtime
