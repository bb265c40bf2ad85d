// PendingAsks: the asks of other nodes' actors that have no answer yet, and who waits for it.
//
// Each ends exactly once: by its answer, at its deadline, or when it is known that no answer will
// come. Whoever takes an entry out answers its asker; so two ends cannot both reach it.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <troupe/actor/ports/encoded_message.hpp>
#include <troupe/base/deadline_heap.hpp>
#include <vector>

namespace troupe::transport {

/// Where an answer goes: to a sink, with the reference that it held, or to an actor here.
struct Asker {
  runtime::ReplySink* sink = nullptr;  ///< Null: the actor.
  runtime::ActorId actor = 0;
  std::uint64_t token = 0;
};

/// Gives the asker its answer: takes `reply`, an envelope without an ask part of its own, or an
/// error. A payload with an owner is kept by it. An actor that has ended hears nothing.
void complete(const Asker& asker, Error error) noexcept;
void complete(const Asker& asker, std::uint64_t type_key, std::span<const std::byte> payload,
              const std::shared_ptr<const void>& owner, runtime::MessageOrigin* origin) noexcept;

/// The asker's time is up: a sink says so in its own words, and its reference is given back.
void expire(const Asker& asker) noexcept;

/// Any thread.
class PendingAsks {
 public:
  /// An ask that was taken out before it was answered.
  struct Ended {
    Asker asker;
    const void* link;
  };

  explicit PendingAsks(std::size_t asks_max) noexcept : asks_max_(asks_max) {}

  /// Enters an ask of an actor at the other end of `link`. Returns what names it on the wire, which
  /// is never 0 nor given twice; none at the limit.
  [[nodiscard]] std::optional<std::uint64_t> add(const Asker& asker, TimePoint deadline,
                                                 const void* link);

  /// Takes out an ask whose answer has come by `link`; none when it has ended already.
  [[nodiscard]] std::optional<Asker> take(std::uint64_t correlation, const void* link);

  /// Takes out the asks whose time is up.
  [[nodiscard]] std::vector<Ended> take_due(TimePoint now);

  /// Takes out all asks of this link; of all links for null.
  [[nodiscard]] std::vector<Ended> take_all(const void* link);

  /// From now on answers to all asks of link `from` come by link `to`.
  void move_all(const void* from, const void* to);

  /// The earliest deadline; TimePoint::max() when there is none.
  [[nodiscard]] TimePoint next() const;
  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry : Deadline {
    Asker asker;
    const void* link = nullptr;  ///< Null: free.
    std::uint32_t life = 1;
    std::uint32_t number = 0;
  };

  [[nodiscard]] Ended take_out(Entry& entry);

  const std::size_t asks_max_;
  mutable std::mutex mutex_;
  std::deque<Entry> entries_;
  std::vector<Entry*> free_;
  DeadlineHeap deadlines_;
};

}  // namespace troupe::transport
