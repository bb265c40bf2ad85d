// OwnNode: this node as a target of signals, for a proxy whose child is placed where its parent is.
// What is signalled is carried out here at once, without a link.
#pragma once

#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/wire/ref_port.hpp>

namespace troupe::runtime {

class SystemCore;

/// One for each system, as long as that lives. Any thread.
class OwnNode final : public RemoteTarget, public wire::RefPort {
 public:
  explicit OwnNode(SystemCore& core) noexcept : core_(core) {}

  [[nodiscard]] AnyRef actor(ActorId id) noexcept override;
  void signal(RemoteSignal signal) noexcept override;
  [[nodiscard]] wire::RefPort* ref_port() noexcept override { return this; }
  [[nodiscard]] std::string path(RemoteId actor) const override;
  [[nodiscard]] SystemAnchor* anchor(RemoteId actor) const noexcept override;

  // Refs to its actors are refs to cells, as actor() gives them: nothing is sent through it.
  [[nodiscard]] std::optional<ErrorCode> tell(RemoteId actor, ActorId sender,
                                              const MessageType& type,
                                              const void* message) noexcept override;
  [[nodiscard]] std::optional<ErrorCode> ask(RemoteId actor, Envelope* request) noexcept override;

  // RefPort: refs stay what they are within the process.
  void encode_ref(wire::Writer& writer, const wire::RefParts& ref) override;
  [[nodiscard]] wire::RefParts decode_ref(wire::Reader& reader) override;

 private:
  SystemCore& core_;
};

}  // namespace troupe::runtime
