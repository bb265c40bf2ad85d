// SessionParts: the parts of one node that begin, drive and end its sessions with others, made for
// each other.
#pragma once

#include <troupe/transport/reception/reception_parts.hpp>
#include <troupe/transport/sessions/farewells.hpp>
#include <troupe/transport/sessions/link_driver.hpp>
#include <troupe/transport/sessions/own_pauses.hpp>
#include <troupe/transport/sessions/unused_sessions.hpp>

namespace troupe::transport {

/// What sessions have to tell, and is decided elsewhere.
struct SessionListeners {
  LivenessEvents& liveness;
  NewcomerEvents& newcomers;
};

/// I/O thread, but for the counts. What it is made with outlives it.
struct SessionParts {
  SessionParts(NodeContext& node, ReceptionParts& in, const SessionListeners& listeners);

  /// Adds those of each. Any thread.
  void count(TransportCounts& counts) const;

  const Handshake handshake;
  SessionOpener opener;
  LinkMail mail;
  LinkTimers timers;
  KnownLinks links;
  HeldHellos held_hellos;
  ReturnTries tries;
  SessionEnds ends;
  ReverseSessions reverse;
  Dialling dialling;
  KeyTrust trust;
  LinkLiveness liveness;
  NameDisputes disputes;
  UnusedSessions unused;
  LinkDriver driver;
  OwnPauses pauses;
  Farewells farewells;
};

}  // namespace troupe::transport
