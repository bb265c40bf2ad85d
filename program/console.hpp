// Console: the actor of a node that the commands of the shell ask: which messages an actor accepts,
// how the node is, and who is in its cluster. Whoever can send to the node's actors can have it
// leave its cluster, or declare members down.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <troupe/actor/actor.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <vector>

namespace troupe {
class Cluster;
class EndWatch;
class Node;
}  // namespace troupe

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
  ErrorCode code = ErrorCode::no_such_actor;  ///< Of the problem.
};

/// Which messages of other nodes the actor at a path of this node accepts. It says so ahead of what
/// waits for it, but not before the handler that runs has returned.
struct DescribeActor {
  using Reply = ActorDescription;
  std::string path;
  Duration timeout = std::chrono::seconds(5);  ///< How long to wait for that; inquiry_max at most.
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

struct MemberStatus {
  std::string address;
  std::uint64_t incarnation = 0;
  std::string rank;  ///< "up" and so on.
  bool is_unreachable = false;
  bool is_leader = false;
  std::vector<std::string> roles;
  std::map<std::string, std::string> labels;
};

/// A cluster as this node sees it.
struct ClusterStatus {
  std::string problem;  ///< Why there is nothing to tell; else empty.
  std::uint64_t version = 0;
  bool is_settled = false;
  bool may_own = false;  ///< The node that was asked.
  std::vector<MemberStatus> members;
};

struct TellMembers {
  using Reply = ClusterStatus;
};

/// The node is to leave its cluster, and its process to end. Answered once it knows; it begins when
/// its setup is done. The answer is the problem, if there is one.
struct LeaveCluster {
  using Reply = std::string;
};

/// That a member, whichever life of it is in the view, is gone for ever. The answer is the problem,
/// if there is one.
struct DeclareDown {
  using Reply = std::string;
  std::string address;
};

/// The node's setup is done.
struct SetupDone {
  static constexpr bool local_message = true;
};

/// Inquiries of actors that may be under way; one past it is told to come again.
inline constexpr std::size_t inquiries_max = 100;
/// Limit of the time that one may be under way [10 min], as its asker may be long gone.
inline constexpr Duration inquiry_max = std::chrono::minutes(10);

class Console : public Actor {
 public:
  using Protocol =
      Accepts<DescribeActor, TellStatus, TellMembers, LeaveCluster, DeclareDown, SetupDone>;

  /// The node and the watch, by which its program is told to end, outlive its actors. The cluster
  /// is null for a node that is in none.
  Console(const Node* node, Cluster* cluster, EndWatch* watch)
      : node_(node), cluster_(cluster), watch_(watch) {}

  void on_start() { started_ = now(); }
  Task<ActorDescription, reentrant> on(DescribeActor order);
  NodeStatus on(TellStatus order);
  ClusterStatus on(TellMembers order);
  std::string on(LeaveCluster order);
  std::string on(const DeclareDown& order);
  void on(SetupDone /*done*/) noexcept { is_ready_ = true; }

 private:
  [[nodiscard]] std::string why_not_ready() const;

  const Node* node_;
  Cluster* cluster_;
  EndWatch* watch_;
  std::size_t inquiries_ = 0;  ///< Under way.
  TimePoint started_;
  bool is_ready_ = false;
};

}  // namespace troupe::program
