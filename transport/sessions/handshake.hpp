// Handshake: who may connect, and who it is that this node has reached. Pure: a hello or a welcome
// goes in, what is to be done about it comes out, and it reads what the node knows of lives, epochs
// and keys.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <troupe/transport/frame/frame.hpp>
#include <troupe/transport/identity/ended_lives.hpp>
#include <troupe/transport/identity/pair_epochs.hpp>
#include <troupe/transport/link/association.hpp>
#include <troupe/transport/node_identity.hpp>
#include <troupe/transport/security/key_ring.hpp>
#include <troupe/transport/transport_settings.hpp>

namespace troupe::transport {

/// A hello that may be answered.
struct ValidHello {
  NodeIdentity life;    ///< Who says it.
  std::uint64_t epoch;  ///< In which it is with this node, or waits for.
  bool begins;          ///< A session; else it is only told who is here.
};

/// What is to be done about a welcome.
struct WelcomeAction {
  enum class Kind : std::uint8_t {
    pass_over,       ///< It is an earlier session's.
    pass_over_late,  ///< It is none's that there still is, and counts as late.
    fail_dial,       ///< Somebody else is there. The node may be reached otherwise.
    lose,            ///< It is the node, and no session with it is possible.
    find_alias,      ///< It is the node, and names itself by another address.
    meet,            ///< It is the node.
  };

  Kind kind;
  std::string reason = {};   ///< Of fail_dial and lose.
  NodeAddress address = {};  ///< By which the node names itself; of find_alias and meet.
  std::uint8_t version = 0;  ///< That the session speaks; of find_alias and meet.
};

/// I/O thread. What it is made with outlives it.
class Handshake {
 public:
  Handshake(const NodeIdentity& self, const TransportSettings& settings, const KeyRing& keys,
            const EndedLives& ended, const PairEpochs& epochs) noexcept
      : self_(self), settings_(settings), keys_(keys), ended_(ended), epochs_(epochs) {}

  /// What this node takes, as others are told.
  [[nodiscard]] PeerLimits limits() const noexcept {
    return {settings_.frame_bytes_max, settings_.held_bytes_max, 1};
  }

  /// Who says the hello, and whether it is meant for this node, or only asks who is here: so does
  /// one that wants a node of another name. `is_leaving` says of a life whether its farewell may
  /// have overtaken this hello. Errors: `refused`; `malformed`; `name_taken`; those of over().
  [[nodiscard]] Result<ValidHello> on_hello(
      const Hello& hello, std::string_view key,
      const std::function<bool(const NodeIdentity&)>& is_leaving) const;

  /// What is to be done about the welcome of whoever answered at `there`, in that state and session
  /// of its link.
  [[nodiscard]] WelcomeAction on_welcome(const Welcome& welcome, const NodeAddress& there,
                                         AssociationState state, std::uint64_t session) const;

  /// What a node is told whose life, as NodeIdentity::to_string(), is over here: `node_down`, or
  /// `node_unreachable` where it was so in a former epoch only. Its reader may look after either of
  /// the two.
  [[nodiscard]] Error over(const std::string& life) const;
  /// The same, for who looks after this node.
  [[nodiscard]] std::string why_over(const std::string& life) const;

 private:
  [[nodiscard]] bool has_own_name(const NodeIdentity& life) const noexcept {
    return life.address == self_.address && life.incarnation != self_.incarnation;
  }

  const NodeIdentity& self_;
  const TransportSettings& settings_;
  const KeyRing& keys_;
  const EndedLives& ended_;
  const PairEpochs& epochs_;
};

}  // namespace troupe::transport
