// PeerWelcomes: what a welcome means for this node's session with whoever says it: the session
// begins, or another hello is said, or it is lost. Who it is that has answered is decided by
// Handshake.
#pragma once

#include <troupe/transport/handshakes/aliases.hpp>
#include <troupe/transport/lives/known_lives.hpp>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class PeerWelcomes {
 public:
  /// What decides, and what begins with a session.
  struct Parts {
    runtime::LocalActors actors;
    const Handshake& handshake;
    SessionOpener& opener;
    ReturnTries& tries;
    Dialling& dialling;
    SessionEnds& sessions;
    NameDisputes& disputes;
    LinkLiveness& liveness;
    KnownLives& lives;
    LifeMeetings& meetings;
    Aliases& aliases;
    UndeliveredMessages& undelivered;
    InboundCounts& counts;
    LinkLog& log;
  };

  explicit PeerWelcomes(const Parts& parts) noexcept : parts_(parts) {}

  void on_welcome(PeerLink& link, const Welcome& welcome, TimePoint now);

 private:
  [[nodiscard]] bool is_met(PeerLink& link, const WelcomeAction& action, const Welcome& welcome,
                            TimePoint now);
  void take(PeerLink& link, RemotePeer& peer, const Welcome& welcome, std::uint8_t version,
            TimePoint now);
  void become_reachable(PeerLink& link, TimePoint now);

  const Parts parts_;
};

}  // namespace troupe::transport
