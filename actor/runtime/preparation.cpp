#include <troupe/actor/runtime/preparation.hpp>

#include <algorithm>
#include <troupe/actor/ports/durable_mailboxes.hpp>
#include <troupe/actor/runtime/bounded_queue.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {
namespace {

StopPolicy policy_of(const SpawnOrder& order) noexcept {
  return order.options != nullptr && order.options->stop_policy ? *order.options->stop_policy
                                                                : order.stop_policy;
}

/// The smallest messages, with their envelopes, have so many.
constexpr std::size_t bound_bytes_min = 64;
constexpr std::size_t name_bytes_max = 255;

std::string_view wrong_with(const DurableMailbox& mailbox, bool is_bounded) noexcept {
  if (is_bounded) {
    return "a durable_mailbox() has limits of its own, and drops nothing that it has taken: it "
           "cannot be bounded()";
  }
  if (mailbox.queue.empty() || mailbox.queue.size() > name_bytes_max) {
    return "the queue of a durable_mailbox() has a name of 1 to 255 bytes";
  }
  if (mailbox.retry_pause <= Duration::zero() || mailbox.retry_pause_max < mailbox.retry_pause) {
    return "retry_pause of a durable_mailbox() must be positive, and retry_pause_max no less";
  }
  if (mailbox.window_messages == 0 || mailbox.window_bytes == 0) {
    return "the window of a durable_mailbox() needs room for 1 message and 1 byte at least";
  }
  if (mailbox.waiting_messages_max == 0 || mailbox.waiting_bytes_max == 0 ||
      mailbox.waiting_max <= Duration::zero()) {
    return "waiting_messages_max, waiting_bytes_max and waiting_max of a durable_mailbox() must be "
           "positive";
  }
  return {};
}

}  // namespace

std::string_view invalid_setting(const SpawnOrder& order) noexcept {
  const StopPolicy policy = policy_of(order);
  if (policy.when == StopPolicy::When::after_idle && policy.idle <= Duration::zero()) {
    return "the time of stop_after_idle() must be positive";
  }
  if (order.options != nullptr && order.options->bound && order.options->bound->messages_max == 0) {
    return "a bounded() mailbox needs room for 1 message at least";
  }
  if (order.options != nullptr && order.options->bound &&
      order.options->bound->bytes_max < bound_bytes_min) {
    return "a bounded() mailbox needs room for 64 bytes at least";
  }
  if (order.options != nullptr && std::ranges::count(order.options->middleware, nullptr) != 0) {
    return "middleware() was given a null pointer";
  }
  if (order.options == nullptr || !order.options->durable) return {};
  if (policy.when == StopPolicy::When::after_idle) {
    return "an actor with a durable_mailbox() cannot have stop_after_idle(): once it has ended, "
           "its "
           "messages would wait for ever";
  }
  return wrong_with(*order.options->durable, order.options->bound.has_value());
}

std::unique_ptr<Extras> make_extras(const SpawnOrder& order) {
  const StopPolicy policy = policy_of(order);
  const SpawnOptions* options = order.options;
  const bool listens =
      options != nullptr && (!options->middleware.empty() || options->stop_after_message);
  if (!listens && policy.when == StopPolicy::When::never) return nullptr;
  auto extras = std::make_unique<Extras>();
  if (policy.when != StopPolicy::When::never) extras->stop_policy = policy;
  if (!listens) return extras;
  extras->stop_after_message = options->stop_after_message;
  if (options->middleware.empty()) return extras;
  extras->chain = std::make_unique<MiddlewareChain>();
  extras->chain->links = options->middleware;
  if (std::ranges::any_of(extras->chain->links,
                          [](const auto& link) { return link->wants_times(); })) {
    extras->chain->times = std::make_unique<HandlingTimes>();
  }
  return extras;
}

bool is_timed(const Extras* extras) noexcept {
  return extras != nullptr && extras->chain != nullptr && extras->chain->times != nullptr;
}

Result<QueuedMailboxPtr> open_mailbox(SystemCore& core, ActorId id, const SpawnOrder& order,
                                      const Extras* extras) {
  const SpawnOptions* const options = order.options;
  if (options == nullptr || (!options->bound && !options->durable)) return QueuedMailboxPtr();
  if (options->durable) {
    if (core.settings.mailboxes == nullptr) {
      return bad_setting("durable_mailbox(\"" + options->durable->queue +
                         "\") needs storage: see NodeSettings::storage and "
                         "SystemSettings::mailboxes");
    }
    return core.settings.mailboxes->open(std::make_unique<MailboxOwner>(core, id, order.types),
                                         *options->durable);
  }
  return QueuedMailboxPtr(
      BoundedQueue::allocate(id, *options->bound, is_timed(extras) ? &core.clock() : nullptr));
}

}  // namespace troupe::runtime
