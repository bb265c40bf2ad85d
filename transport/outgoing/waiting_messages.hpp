// WaitingMessages: what is encoded already and waits, until there is room on its link, or, where it
// is for one life of a node, until it is known who is there.
//
// For room wait those whose senders can wait, and what was sent behind them: each message waits
// behind all that are here of the same sender for the same target, and overtakes none.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <troupe/actor/actor_path.hpp>
#include <troupe/actor/future.hpp>
#include <troupe/transport/frame/encoded_frame.hpp>
#include <troupe/transport/identity/peer_epoch.hpp>
#include <troupe/transport/outgoing/large_pairs.hpp>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace troupe::transport {

struct WaitingMessage {
  wire::Writer frame;  ///< An EncodedFrame's, as the next.
  ActorsMet met = {};
  PeerEpoch life = {};
  const runtime::MessageType* type = nullptr;  ///< Null where it needs not be named.
  bool is_ordered = false;                     ///< Sender and target are those of a request.
  runtime::ActorId sender = 0;
  std::uint64_t actor = 0;
  std::string path;      ///< Where `actor` is 0.
  std::size_t part = 0;  ///< Where a tell's part begins in its message; 0 for an ask.
  runtime::FutureState<void>* sent = nullptr;  ///< A reference; null where nobody waits.

  [[nodiscard]] Target target() const noexcept { return {actor, path}; }
};

/// One that waits no more: it was taken, or is given back.
struct SettledMessage {
  runtime::FutureState<void>* sent;  ///< As in WaitingMessage.
  std::optional<ErrorCode> refused;
  wire::Writer frame;  ///< With the message, when it was refused.
};

/// Tells a sender what has become of its message, for the node at this address; where it was taken,
/// the future is claimed already. Not under a lock: the sender's continuation may run here.
inline void tell_sender(runtime::FutureState<void>& sent, std::optional<ErrorCode> refused,
                        const NodeAddress& address, const std::string& why = "") {
  if (!refused) return sent.set_claimed({});
  sent.fail(Error(*refused, "the message was not sent to " + address.to_string() + why,
                  Execution::not_executed));
}

/// Not synchronised: the link has a lock.
class WaitingMessages {
 public:
  /// Takes nothing where it throws std::bad_alloc; then the pair may seem to be here.
  void push(WaitingMessage message) {
    const auto pair = pairs_.try_emplace(pair_of(message.sender, message.target())).first;
    const std::size_t bytes = message.frame.size();
    messages_.push_back(std::move(message));
    ++pair->second;
    ++pushed_;
    bytes_ += bytes;
  }
  [[nodiscard]] WaitingMessage pop() {
    WaitingMessage message = std::move(messages_.front());
    messages_.pop_front();
    ++popped_;
    bytes_ -= message.frame.size();
    const auto pair = pairs_.find(pair_of(message.sender, message.target()));
    if (--pair->second == 0) pairs_.erase(pair);
    return message;
  }
  [[nodiscard]] std::deque<WaitingMessage> take_all() {
    bytes_ = 0;
    popped_ = pushed_;
    pairs_.clear();
    return std::exchange(messages_, {});
  }

  /// Whether something of this sender for this target is here; rarely so where it is not.
  [[nodiscard]] bool has(runtime::ActorId sender, const Target& target) const {
    return !messages_.empty() && pairs_.contains(pair_of(sender, target));
  }

  [[nodiscard]] const WaitingMessage& front() const noexcept { return messages_.front(); }
  /// How many have come here, and how many have gone, since the beginning.
  [[nodiscard]] std::uint64_t pushed() const noexcept { return pushed_; }
  [[nodiscard]] std::uint64_t popped() const noexcept { return popped_; }
  [[nodiscard]] bool empty() const noexcept { return messages_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return messages_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct PairHash {
    std::size_t operator()(const Pair& pair) const noexcept {
      return static_cast<std::size_t>(pair.sender * 0x9e3779b97f4a7c15U ^ pair.receiver);
    }
  };
  static Pair pair_of(runtime::ActorId sender, const Target& target) noexcept {
    return Pair::of(sender, target.actor, target.path);
  }

  std::deque<WaitingMessage> messages_;
  std::unordered_map<Pair, std::size_t, PairHash> pairs_;  // How many are here of each.
  std::size_t bytes_ = 0;
  std::uint64_t pushed_ = 0;
  std::uint64_t popped_ = 0;
};

/// What is parked for targets that are held, maybe for long: it keeps back the ends of its senders,
/// and orders to drain its targets, and nothing else.
class ParkedMessages {
 public:
  /// As WaitingMessages::push().
  void push(WaitingMessage message) {
    senders_.insert(message.sender);
    receivers_.insert(receiver_of(message.target()));
    all_.push(std::move(message));
  }
  [[nodiscard]] std::deque<WaitingMessage> take_all() {
    senders_.clear();
    receivers_.clear();
    return all_.take_all();
  }

  /// Whether something of this sender, or for this target, is here; the latter rarely so where it
  /// is not.
  [[nodiscard]] bool has_of(runtime::ActorId sender) const { return senders_.contains(sender); }
  [[nodiscard]] bool has_for(const Target& target) const {
    return receivers_.contains(receiver_of(target));
  }
  [[nodiscard]] bool empty() const noexcept { return all_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return all_.bytes(); }

 private:
  static std::uint64_t receiver_of(const Target& target) noexcept {
    return Pair::of(0, target.actor, target.path).receiver;
  }

  WaitingMessages all_;
  std::unordered_set<runtime::ActorId> senders_;
  std::unordered_set<std::uint64_t> receivers_;
};

}  // namespace troupe::transport
