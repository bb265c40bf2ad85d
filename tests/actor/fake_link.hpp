// A link to another node that writes down what it is told to do.
#pragma once

#include <optional>
#include <string>
#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/ports/encoded_message.hpp>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/runtime/decoding.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <utility>
#include <vector>

namespace troupe {

class FakeLink final : public RemoteTarget, public runtime::MessageOrigin {
 public:
  explicit FakeLink(ActorSystem& system) : system_(system) {}

  // RemoteTarget.
  std::optional<ErrorCode> tell(RemoteId actor, runtime::ActorId sender,
                                const runtime::MessageType& type, const void*) noexcept override {
    if (refusal) return refusal;
    told.push_back(std::string(type.name) + " to " + path(actor) + " from " + name_of(sender));
    return std::nullopt;
  }
  std::optional<ErrorCode> ask(RemoteId actor, runtime::Envelope* request) noexcept override {
    if (refusal) return refusal;
    told.push_back(std::string(request->type->name) + " to " + path(actor) + " from " +
                   name_of(request->sender) + " ?");
    runtime::answer(request, 42);
    return std::nullopt;
  }
  bool watch(RemoteId actor, runtime::ActorId watcher) noexcept override {
    if (!carries_watches) return false;
    told.push_back(name_of(watcher) + " watches " + path(actor));
    return true;
  }
  void unwatch(RemoteId actor, runtime::ActorId watcher) noexcept override {
    told.push_back(name_of(watcher) + " unwatches " + path(actor));
  }
  std::string path(RemoteId actor) const override {
    return "troupe://there@host:1/user/" + std::to_string(actor.actor);
  }
  runtime::SystemAnchor* anchor(RemoteId) const noexcept override { return system_.core().anchor; }

  // MessageOrigin.
  std::string type_name(std::uint64_t) const override { return "a type of theirs"; }
  void dropped(const runtime::EncodedMessage&, runtime::ActorId,
               ErrorCode reason) noexcept override {
    dropped_for.push_back(reason);
  }
  void encode_ref(wire::Writer&, const wire::RefParts&) override {}
  wire::RefParts decode_ref(wire::Reader&) override { return {}; }

  std::vector<std::string> told;
  std::vector<ErrorCode> dropped_for;
  std::optional<ErrorCode> refusal;
  bool carries_watches = true;

 private:
  [[nodiscard]] std::string name_of(runtime::ActorId id) const {
    return id != 0 ? runtime::path_of(system_.core(), id) : "nobody";
  }

  ActorSystem& system_;
};

}  // namespace troupe
