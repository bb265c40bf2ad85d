// Accepts: the set of messages that an actor handles, as a type; and what makes a message a
// request.
#pragma once

#include <type_traits>
#include <utility>

namespace troupe {

/// A protocol: the message types that an actor accepts. An actor class names one:
/// `using Protocol = troupe::Accepts<Deposit, Balance>;`.
///
/// The order of the types has no meaning. Of a class, Terminated, ReceiveTimeout and
/// MessageRejected need no place in it: its handlers for them are found without.
///
///   struct Deposit { int cents = 0; };
///   struct Balance { using Reply = int; };
///
///   class Account : public troupe::Actor {
///    public:
///     using Protocol = troupe::Accepts<Deposit, Balance>;
///     void on(Deposit deposit) { cents_ += deposit.cents; }
///     int on(Balance) { return cents_; }
///    private:
///     int cents_ = 0;
///   };
template <class... Messages>
struct Accepts {
  /// Exactly this type: a class that derives from one of the messages is another message.
  template <class M>
  static constexpr bool contains = (std::is_same_v<M, Messages> || ...);
};

/// Every message of `Narrow` is accepted by `Wide`, so that a ref to a Wide may stand for one to a
/// Narrow.
template <class Wide, class Narrow>
inline constexpr bool covers = false;
template <class Wide, class... Ms>
inline constexpr bool covers<Wide, Accepts<Ms...>> = (Wide::template contains<Ms> && ...);

/// M may be sent to an actor with this protocol. References and const do not count.
template <class M, class Protocol>
concept AcceptedBy = Protocol::template contains<std::remove_cvref_t<M>>;

/// A request names the type of its answer: `struct Balance { using Reply = int; };`. With `using
/// Reply = void;` the answer says only that it was handled. A request may be told, too: then its
/// answer goes nowhere.
template <class M>
concept Request = requires { typename std::remove_cvref_t<M>::Reply; };

/// The type of the answer to a request.
template <Request M>
using ReplyOf = typename std::remove_cvref_t<M>::Reply;

}  // namespace troupe
