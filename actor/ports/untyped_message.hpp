// Messages of types that this program was not compiled with: their bytes, and the name and the
// description by which the node that they are for knows the type. They go to actors of other nodes
// alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <troupe/actor/actor_ref.hpp>
#include <troupe/actor/ports/message_type.hpp>
#include <vector>

namespace troupe::runtime {

/// A type as another node has described it, which has to outlive the system that sends messages of
/// it. Owner only; what is sent may be on its way on any thread.
class UntypedType final : public MessageType {
 public:
  UntypedType(std::string wire_name, std::string description);
  UntypedType(const UntypedType&) = delete;
  UntypedType& operator=(const UntypedType&) = delete;

 private:
  const std::string wire_name_;
  const std::string description_;
};

/// The answer to a message of such a type.
struct UntypedAnswer {
  static constexpr bool local_message = true;
  std::vector<std::byte> bytes;  ///< One msgpack value, as its sender has written it.
};

/// As AnyRef::try_tell(). `payload` is one msgpack value of the type; nobody checks that here, and
/// another one is `malformed` there. Errors too: `no_such_actor` for an actor of this process.
[[nodiscard]] Result<void> tell_untyped(const AnyRef& ref, const UntypedType& type,
                                        std::span<const std::byte> payload);

/// As AnyRef::ask(), of the same.
[[nodiscard]] Future<UntypedAnswer> ask_untyped(const AnyRef& ref, const UntypedType& type,
                                                std::span<const std::byte> payload,
                                                Duration timeout);

}  // namespace troupe::runtime
