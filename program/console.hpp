// Console: the actor of a node that tells the commands of the shell what they need to know: which
// messages an actor accepts, and how the node is. It changes nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/actor/actor.hpp>
#include <vector>

namespace troupe {
class Node;
}

namespace troupe::program {

inline constexpr std::string_view console_name = "troupe.console";

struct AcceptedMessage {
  std::string name;         ///< The wire name of its type.
  std::string description;  ///< In the grammar of wire/schema.hpp.
  std::string answer;       ///< The description of the answer; empty where none has a value.
};

struct ActorDescription {
  std::string problem;  ///< Why nothing can be said of it, as that there is none; else empty.
  std::vector<AcceptedMessage> messages;
};

/// Which messages of other nodes the actor at a path of this node accepts.
struct DescribeActor {
  using Reply = ActorDescription;
  std::string path;
};

struct NodeStatus {
  bool is_ready = false;
  std::string not_ready_reason;  ///< Empty where it is.
  std::string address;
  std::uint64_t incarnation = 0;
  std::chrono::milliseconds uptime{0};
  std::uint64_t messages_sent = 0;
  std::uint64_t messages_handled = 0;
  std::uint64_t dead_letters = 0;
  std::uint64_t peers = 0;               ///< Lives of other nodes that are known.
  std::uint64_t messages_in_flight = 0;  ///< To other nodes.
  std::uint64_t messages_dropped = 0;    ///< That did not leave for another node.
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t descriptors_used = 0;
  std::uint64_t descriptors_max = 0;
};

struct TellStatus {
  using Reply = NodeStatus;
};

/// The node's setup is done.
struct SetupDone {
  static constexpr bool local_message = true;
};

/// Inquiries of actors that may be under way; one past it is told to come again.
inline constexpr std::size_t inquiries_max = 100;

class Console : public Actor {
 public:
  using Protocol = Accepts<DescribeActor, TellStatus, SetupDone>;

  /// The node outlives its actors.
  explicit Console(const Node* node) : node_(node) {}

  void on_start() { started_ = now(); }
  Task<ActorDescription, reentrant> on(DescribeActor order);
  NodeStatus on(TellStatus order);
  void on(SetupDone /*done*/) noexcept { is_ready_ = true; }

 private:
  const Node* node_;
  std::size_t inquiries_ = 0;  ///< Under way.
  TimePoint started_;
  bool is_ready_ = false;
};

}  // namespace troupe::program
