// HandshakeParts: the parts of one node that hear who others are, made for each other.
#pragma once

#include <troupe/transport/handshakes/peer_answers.hpp>
#include <troupe/transport/handshakes/peer_frames.hpp>
#include <troupe/transport/lives/life_parts.hpp>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
struct HandshakeParts {
  HandshakeParts(NodeContext& node, ReceptionParts& in, SessionParts& out, LifeParts& lives);

  Aliases aliases;
  PeerReports reports;
  PeerSessions sessions;
  PeerHellos hellos;
  PeerFrames frames;
  PeerWelcomes welcomes;
  PeerRefusals refusals;
  PeerAnswers answers;
};

}  // namespace troupe::transport
