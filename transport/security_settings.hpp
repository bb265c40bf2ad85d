// SecuritySettings: the keys of one node, and the keys of the other nodes that it talks to.
//
// Keys are CURVE keys (Curve25519) in Z85, 40 printable characters each. A node without keys talks
// to nodes without keys, in the clear, and on the loopback interface alone unless the network is
// said to be trusted; a node with keys talks to nobody but those whose key it
// trusts, and every link is encrypted and authenticated both ways.
//
//   troupe::NodeSettings settings{.name = "bank", .listen = "10.0.0.5:7001"};
//   settings.security = troupe::SecuritySettings::load("bank.keys", "trusted.keys").value();
//   troupe::Node node(settings);
#pragma once

#include <string>
#include <troupe/base/clock.hpp>
#include <troupe/base/result.hpp>
#include <troupe/transport/keys.hpp>
#include <vector>

namespace troupe {

/// A value. Node::secure() replaces the keys of a node that runs.
struct SecuritySettings {
  /// This node's own. Both empty, the default: no security.
  KeyPair keys = {};

  /// Who may talk to this node, and to whom it talks. One node may have several keys, so that it
  /// can change from one to the next; one key belongs to one node. Empty with keys of its own: it
  /// talks to nobody. Without keys of its own it must be empty.
  std::vector<TrustedKey> trusted = {};

  /// Everybody who can reach this node's port may send to its actors and read what it sends: said
  /// in so many words, a node without keys may listen on more than the loopback interface. Of no
  /// effect where there are keys.
  bool trust_network = false;

  /// Who is refused is logged once in this time, however often they try. Must be positive.
  Duration refusal_log_interval = std::chrono::minutes(1);

  /// Whether there are keys: links are then encrypted. Half a pair counts, so that validate() finds
  /// it.
  [[nodiscard]] bool is_on() const noexcept {
    return !keys.public_key.empty() || !keys.secret_key.empty();
  }

  /// Names the first entry that is wrong, and says what would be right. Shows no secret.
  /// The form of each key and name is checked here, and that no key belongs to two nodes; that the
  /// own two belong together is checked by Node and Node::secure(). Any thread. Errors:
  /// `invalid_setting`.
  [[nodiscard]] Result<void> validate() const;

  /// What a keys file and a trusted-keys file say (see key_files.hpp), validated. Reads them once:
  /// call it again, and Node::secure(), when a file has changed. Blocks for the disk; any thread.
  /// Errors: `invalid_setting`, with the file and the line.
  [[nodiscard]] static Result<SecuritySettings> load(const std::string& keys_file,
                                                     const std::string& trusted_file);
};

}  // namespace troupe
