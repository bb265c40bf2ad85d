// Routee: one of those that a router passes messages on to, and what the router knows of it.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <troupe/actor/middleware.hpp>
#include <troupe/actor/runtime/cell.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <troupe/actor/supervision.hpp>
#include <utility>

namespace troupe::runtime {

/// Set in Envelope::reserved of messages that a pool counts.
inline constexpr std::uint8_t counted_by_pool = 1;

/// How many of a router's messages a routee has begun. One at a time writes, in the routee's turn;
/// the router reads an older number now and then, so relaxed is enough.
class LoadGauge final : public Middleware {
 public:
  Pass on_message(MessageView /*message*/) override {
    Envelope& envelope = *this_thread.envelope;
    if (std::exchange(envelope.reserved, std::uint8_t{0}) == counted_by_pool) {
      begun_.store(begun_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    return Pass::on;
  }
  [[nodiscard]] std::uint64_t begun() const noexcept {
    return begun_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> begun_{0};
};

/// Of the router's turns.
struct Routee {
  AnyRef ref;
  std::string name = {};  // In its pool, or its whole path in a group by role.
  RestartBudget replacements = RestartBudget({});  // Of a pool.
  std::uint64_t seed = 0;                          // For its rendezvous weights.
  std::shared_ptr<LoadGauge> gauge = nullptr;
  std::uint64_t given = 0;        // Messages, counted where there is a gauge.
  std::uint64_t never_begun = 0;  // Of them: dropped, as is known since it had nothing to do.
  TimePoint made_at{};            // Of a pool's.
  bool used = false;              // It was given something.

  /// False once it has ended, though its Terminated may still be on its way.
  [[nodiscard]] bool lives() const noexcept {
    return ref.is_remote() || (ref.cell()->id.load(std::memory_order_relaxed) == ref.id() &&
                               ref.cell()->inbox.load(std::memory_order_relaxed) != Cell::closed);
  }

  /// What it has to do: the messages of this router before it, and whether it is busy at all.
  [[nodiscard]] std::uint64_t load() noexcept {
    if (ref.is_remote()) return 1;
    const std::uintptr_t inbox = ref.cell()->inbox.load(std::memory_order_relaxed);
    const std::uint64_t begun = gauge != nullptr ? gauge->begun() : 0;
    if (inbox == Cell::idle) {
      never_begun = given - begun;
      return 0;
    }
    const auto waiting =
        static_cast<std::int64_t>(given - never_begun) - static_cast<std::int64_t>(begun);
    return 2 * static_cast<std::uint64_t>(std::max<std::int64_t>(waiting, 0)) + 1;
  }
};

}  // namespace troupe::runtime
