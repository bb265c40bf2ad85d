// Collector: an actor that handles nothing itself. Whoever has made it gets each message whole,
// with its asker if it has one, and decides what it watches; so a probe of the testkit is an actor
// like any other without knowing how one runs.
#pragma once

#include <memory>
#include <string_view>
#include <troupe/actor/ports/encoded_message.hpp>
#include <troupe/actor/ref.hpp>
#include <troupe/actor/runtime/decoding.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/base/clock.hpp>

namespace troupe::runtime {

class SystemCore;

/// Where a collector's messages go.
class CollectedMessages {
 public:
  virtual ~CollectedMessages() = default;

  /// Takes a message of any type, from here or another node, or a Terminated. In the collector's
  /// turn.
  virtual void put(EnvelopePtr message) = 0;
};

/// Any thread, outside of handlers. Keeps what the actors of the system share, so it may outlive
/// the system.
class Collector {
 public:
  /// Makes the actor, "/user/<name>". Throws Failure as ActorSystem::spawn() does.
  Collector(SystemCore& core, std::string_view name, std::shared_ptr<CollectedMessages> to);

  [[nodiscard]] const AnyRef& ref() const noexcept { return ref_; }
  [[nodiscard]] SystemCore& core() const noexcept { return *core_; }
  [[nodiscard]] const Clock& clock() const noexcept;

  /// From now on the end of `target` comes as Terminated; at once if it has ended already.
  void watch(const AnyRef& target) const;
  /// Ends the watch; a Terminated that has come already stays.
  void unwatch(const AnyRef& target) const;
  /// Ends the actor.
  void stop() const noexcept;

  /// While it lives, the collector is the sender of what this thread tells.
  class AsSender {
   public:
    explicit AsSender(const Collector& collector) noexcept;
    ~AsSender();
    AsSender(const AsSender&) = delete;
    AsSender& operator=(const AsSender&) = delete;

   private:
    const ActorId before_;
  };

 private:
  const std::shared_ptr<SystemCore> core_;
  const AnyRef ref_;
};

}  // namespace troupe::runtime
