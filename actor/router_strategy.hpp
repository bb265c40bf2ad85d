// RouterStrategy: how a router chooses the routee for a message.
//
//   round_robin()      one after the other
//   random_routee()    each with the same chance
//   broadcast()        all of them
//   consistent_hash()  by a key in the message: equal keys go to the same routee
//   least_loaded()     the one with the least to do
//
//   auto workers = system.spawn("workers", pool<Worker>({.routees = 4, .strategy = broadcast()}));
//
// A choice is made in the router's turn, among the routees that have not ended; none looks at
// whether a mailbox has room. Only consistent_hash() and broadcast() look at the message.
#pragma once

#include <functional>
#include <string_view>
#include <troupe/actor/combinators.hpp>
#include <troupe/actor/runtime/routed_message.hpp>
#include <troupe/wire/fnv1a.hpp>
#include <type_traits>
#include <vector>

namespace troupe {

struct RoundRobin {};
/// Each in its turn, whatever it has to do. The default. Messages of one sender go to several
/// routees, which handle them in no common order.
[[nodiscard]] constexpr RoundRobin round_robin() noexcept { return {}; }

struct RandomRoutee {};
/// Numbers come from the system's Platform, so a simulation repeats them.
[[nodiscard]] constexpr RandomRoutee random_routee() noexcept { return {}; }

struct Broadcast {};
/// Every routee gets a copy, the last one the message itself. An ask is answered by the first
/// routee that has a value; it fails as first_success() does. The others handle it as well,
/// and their answers are dropped. A copy that throws is a dead letter, `handler_failed`, for its
/// routee alone. All messages of the protocol must be copyable, which is checked when it compiles.
[[nodiscard]] constexpr Broadcast broadcast() noexcept { return {}; }

struct LeastLoaded {};
/// The routee with the fewest messages that this router has given it and that it has not begun;
/// among equals one that has nothing to do at all.
///
/// A pool counts those messages: its routees tell when they begin one, which costs them about as
/// much as an empty middleware. A message that is dropped unhandled counts until its routee has
/// nothing to do. A group cannot count, because its routees are others': there only "has nothing to
/// do" counts, as in Join-Idle-Queue (Lu et al., Performance Evaluation 68, 2011), and a routee on
/// another node passes for busy.
[[nodiscard]] constexpr LeastLoaded least_loaded() noexcept { return {}; }

/// Functions from messages to their keys.
template <class... Keys>
struct ConsistentHash : Keys... {
  using Keys::operator()...;
};
/// `consistent_hash([](const Order& order) { return order.customer; }, ...)`: a function for each
/// message of the protocol, or one that takes `const auto&`. A key is an integer, an enumerator or
/// a text. What a function throws is a failure of the router.
///
/// Rendezvous hashing (Thaler and Ravishankar, IEEE/ACM Transactions on Networking 6, 1998): each
/// routee has a weight for the key, made of both, and the highest wins. So the end of a routee
/// moves its own keys and no others, and they come back with the routee that replaces it. Costs a
/// few nanoseconds for each routee. Weights are made of paths: they stay the same when the process
/// starts anew.
template <class... Keys>
[[nodiscard]] ConsistentHash<Keys...> consistent_hash(Keys... keys) {
  return {std::move(keys)...};
}

namespace runtime {

/// The weight of a routee for a key.
[[nodiscard]] std::uint64_t rendezvous_weight(std::uint64_t key, std::uint64_t routee) noexcept;

/// A key as a number that is the same on every machine.
template <class K>
[[nodiscard]] std::uint64_t routing_key(const K& key) {
  if constexpr (std::is_enum_v<K> || std::is_integral_v<K>) {
    return static_cast<std::uint64_t>(key);
  } else {
    static_assert(std::is_convertible_v<const K&, std::string_view>,
                  "the key of consistent_hash() is an integer, an enumerator or a text");
    return wire::Fnv1a().append(std::string_view(key)).value();
  }
}

enum class RouteBy : std::uint8_t { round_robin, chance, broadcast, key, load };

/// A strategy without its types.
struct Routing {
  RouteBy by = RouteBy::round_robin;
  /// Null when the message is not one of the protocol's.
  std::function<std::optional<std::uint64_t>(Envelope&)> key;
  /// Sends copies to all, and the envelope itself; false when the message is not the protocol's.
  bool (*broadcast)(Envelope* envelope, const std::vector<AnyRef>& routees) = nullptr;
};

}  // namespace runtime

/// A strategy for the messages of Protocol; made of what the functions above return, implicitly:
/// `.strategy = least_loaded()`.
template <class Protocol>
class RouterStrategy;

template <class... Ms>
class RouterStrategy<Accepts<Ms...>> {
  using Messages = runtime::RoutedMessages<Accepts<Ms...>>;

 public:
  RouterStrategy(RoundRobin) {}                                                      // NOLINT
  RouterStrategy(RandomRoutee) : routing_{runtime::RouteBy::chance, {}, nullptr} {}  // NOLINT
  RouterStrategy(LeastLoaded) : routing_{runtime::RouteBy::load, {}, nullptr} {}     // NOLINT
  RouterStrategy(Broadcast)                                                          // NOLINT
      : routing_{runtime::RouteBy::broadcast, {}, &Messages::broadcast} {
    static_assert((std::is_copy_constructible_v<Ms> && ...),
                  "broadcast() gives every routee a copy: all messages of the protocol must be "
                  "copyable");
  }
  template <class... Keys>
  RouterStrategy(ConsistentHash<Keys...> keys)  // NOLINT
      : routing_{runtime::RouteBy::key, {}, nullptr} {
    static_assert(
        (std::is_invocable_v<const ConsistentHash<Keys...>&, const Ms&> && ...),
        "consistent_hash() needs a function from each message of the protocol to its key");
    routing_.key = [keys = std::move(keys)](runtime::Envelope& envelope) {
      return Messages::key_of(
          envelope, [&](const auto& message) { return runtime::routing_key(keys(message)); });
    };
  }

  [[nodiscard]] const runtime::Routing& routing() const noexcept { return routing_; }

 private:
  runtime::Routing routing_;
};

}  // namespace troupe
