// StorageAccess: a storage as a command of the shell has it: opened here, where no node runs, or
// through the node that has it.
#pragma once

#include <memory>
#include <string>
#include <troupe/persistence/storage.hpp>
#include <troupe/program/client.hpp>
#include <troupe/program/storage/storage_answers.hpp>
#include <troupe/transport/node_identity.hpp>
#include <utility>

namespace troupe::program {

/// Owner only. Each question blocks until it is answered.
class StorageAccess {
 public:
  explicit StorageAccess(std::unique_ptr<persistence::Storage> storage)
      : storage_(std::move(storage)) {}
  StorageAccess(std::unique_ptr<Client> client, NodeAddress node)
      : client_(std::move(client)), node_(std::move(node)) {}

  /// Complaints: what the node, or the storage, says.
  template <class Question>
  [[nodiscard]] Outcome<typename Question::Reply> ask(const Question& question) {
    auto reply = ask_for_part(question);
    if (!reply.value || reply.value->problem.empty()) return reply;
    return {std::nullopt, {failed, said(reply.value->problem)}};
  }

  /// The same, but an answer with a problem is one, with what is there besides.
  template <class Question>
  [[nodiscard]] Outcome<typename Question::Reply> ask_for_part(const Question& question) {
    if (client_ != nullptr) return client_->ask_storage(node_, question);
    return {answer(*storage_, question), {}};
  }

  [[nodiscard]] bool is_through_node() const noexcept { return client_ != nullptr; }

 private:
  [[nodiscard]] static std::string said(const std::string& problem);

  std::unique_ptr<persistence::Storage> storage_;
  std::unique_ptr<Client> client_;
  NodeAddress node_;
};

/// Which storage a command is about.
struct StoragePlace {
  bool is_said = false;  ///< By flags of the command, and not by the settings of a node.
  std::string node;      ///< Through which it is to be reached; empty: none was said.
  Duration timeout{};    ///< Of a node's answer.
};

/// Opens the storage of the settings, or reaches the node of the settings where that has it.
/// Complaints: there is none, it cannot be had, or its file is not there, which nothing makes.
[[nodiscard]] Outcome<StorageAccess> find_storage(const Effective& effective,
                                                  const StoragePlace& place);

}  // namespace troupe::program
