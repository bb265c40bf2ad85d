// Client: asks a node that is run by node_main(), from the shell: a node of its own without a
// listener, which is answered on the connection that it has dialled.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <troupe/actor/ports/untyped_message.hpp>
#include <troupe/node/node.hpp>
#include <troupe/program/console.hpp>
#include <troupe/program/effective.hpp>
#include <troupe/program/exit_code.hpp>
#include <troupe/program/shape.hpp>
#include <troupe/program/storage/storage_operator.hpp>

namespace troupe::program {

/// What did not go as it should, for the shell.
struct Complaint {
  ExitCode code = failed;
  std::string reason;
};

/// A result, or what to complain of.
template <class T>
struct Outcome {
  std::optional<T> value;
  Complaint complaint;
};

/// One that fits: the type of a message, and its bytes.
struct FittingMessage {
  const AcceptedMessage* type = nullptr;
  std::vector<std::byte> bytes;
};

/// Among the messages that an actor accepts, the one that the JSON is. `type` is the wire name or
/// its last part, or empty: the only type that it fits. Pure. Complaints: `unfit_message`, with
/// each type and why it does not fit.
[[nodiscard]] Outcome<FittingMessage> fitting_message(const std::vector<AcceptedMessage>& accepted,
                                                      const std::string& json,
                                                      const std::string& type);

/// Owner only; a thread of its own. All that it asks and waits for ends by one deadline, which is
/// `timeout` from its making.
class Client {
 public:
  /// With the settings of a node, but without a listener. Throws Failure as Node does.
  Client(const Effective& effective, Duration timeout);

  /// The answer as JSON; "null" for one without a value.
  [[nodiscard]] Outcome<std::string> ask(const ActorPath& path, const std::string& json,
                                         const std::string& type);
  /// Has a value once the message has left for the node. Ends the client.
  [[nodiscard]] Outcome<bool> tell(const ActorPath& path, const std::string& json,
                                   const std::string& type);
  [[nodiscard]] Outcome<NodeStatus> status(const NodeAddress& node);
  [[nodiscard]] Outcome<ClusterStatus> members(const NodeAddress& node);
  /// Has a value once the node has begun to leave.
  [[nodiscard]] Outcome<bool> leave(const NodeAddress& node);
  /// Has a value once `node` knows that the member is down.
  [[nodiscard]] Outcome<bool> down(const NodeAddress& node, const std::string& member);
  /// What the actor says that has the node's storage. Of several questions each has the time.
  template <class Question>
  [[nodiscard]] Outcome<typename Question::Reply> ask_storage(const NodeAddress& node,
                                                              Question question) {
    const std::string path = "/user/" + std::string(storage_operator_name);
    auto answer = node_.select<StorageOperator>(ActorPath{node, path}.to_string())
                      .ask(std::move(question), timeout_)
                      .get();
    if (answer.ok()) return {*std::move(answer), {}};
    return {std::nullopt, storage_complaint(answer.error(), node)};
  }

 private:
  [[nodiscard]] RefTo<Console> console_of(const NodeAddress& node) const;
  [[nodiscard]] Duration time_left() const;
  /// What the node's console answers, printable.
  template <class Question>
  [[nodiscard]] Outcome<typename Question::Reply> ask_console(const NodeAddress& node,
                                                              Question question);
  [[nodiscard]] Outcome<ActorDescription> describe(const ActorPath& path);
  [[nodiscard]] Complaint complaint(const Error& error, const NodeAddress& node) const;
  [[nodiscard]] Complaint storage_complaint(const Error& error, const NodeAddress& node) const;

  const Platform platform_;
  const Duration timeout_;
  const TimePoint deadline_;
  std::deque<runtime::UntypedType> types_;  ///< Of messages; outlives the node.
  Node node_;
};

}  // namespace troupe::program
