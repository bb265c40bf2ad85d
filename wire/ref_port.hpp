// RefPort: the seam through which refs to actors inside a message get onto and off the wire.
//
// A ref means something only together with the association it travels on, which wire/ knows nothing
// of: actor/ defines the ref and its Codec, transport/ implements the port.
#pragma once

#include <cstdint>

namespace troupe::wire {

class Reader;
class Writer;

/// The two words an ActorRef consists of; what they mean is known to actor/ only.
struct RefParts {
  std::uintptr_t target = 0;
  std::uint64_t id = 0;

  friend bool operator==(const RefParts&, const RefParts&) = default;
};

/// Translates refs between this process and one peer. Called by the thread that encodes or decodes.
/// A codec of yours whose type holds refs hands them to Codec<AnyRef>, and needs none of this.
class RefPort {
 public:
  virtual ~RefPort() = default;

  /// Writes exactly one msgpack value that tells the peer which actor is meant.
  virtual void encode_ref(Writer& writer, const RefParts& ref) = 0;

  /// Reads what the peer's encode_ref() wrote; after Reader::fail() the result is not used.
  [[nodiscard]] virtual RefParts decode_ref(Reader& reader) = 0;

 protected:
  RefPort() = default;
  RefPort(const RefPort&) = default;
  RefPort& operator=(const RefPort&) = default;
};

}  // namespace troupe::wire
