// KeyTrust: peers whose key is not trusted, or not any more: what they send is not taken, and their
// sessions end. Who is trusted says KeyRing.
#pragma once

#include <span>
#include <string_view>
#include <troupe/transport/sessions/dialling.hpp>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class KeyTrust {
 public:
  /// What is refused, and by what it ends.
  struct Parts {
    const KeyRing& keys;
    PeerConnections& connections;
    FrameSender& sender;
    ReturnTries& tries;
    Dialling& dialling;
    LinkLog& log;
  };

  explicit KeyTrust(const Parts& parts) noexcept : parts_(parts) {}

  /// Where the keys have been replaced since the last call, ends the connections of these links to
  /// nodes whose key is not trusted any more.
  void follow(std::span<PeerLink* const> links, TimePoint now);
  /// A frame has come on a peer's connection, whose key was trusted when that was made.
  void on_distrusted(const ConnectionId& from, std::string_view key, TimePoint now);
  /// Somebody may not connect, and is told of in the log; `reason` says why, and what to do.
  void refuse(std::string_view who, std::string_view reason, TimePoint now);

 private:
  const Parts parts_;
  std::uint64_t version_ = 0;  // Of the keys, that the links were held to last.
};

}  // namespace troupe::transport
