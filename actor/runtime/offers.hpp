// Offers: the classes of which other nodes can have actors made here, by name.
#pragma once

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <troupe/actor/ref.hpp>
#include <troupe/wire/ref_port.hpp>

namespace troupe::wire {
class RefPort;
}

namespace troupe::runtime {

class Cell;
class SystemCore;

/// Any thread.
class Offers {
 public:
  /// Makes an actor of one class below `parent`, in that one's turn, with the constructor's
  /// arguments read from a msgpack array, whose refs `refs` reads. Errors: `malformed`, and those
  /// of a spawn.
  using Maker = Result<AnyRef> (*)(SystemCore& core, Cell& parent, std::string_view name,
                                   std::span<const std::byte> arguments, wire::RefPort* refs);

  /// Errors: `invalid_name`, `name_taken`.
  [[nodiscard]] Result<void> add(std::string_view name, Maker maker);

  /// Errors: `no_such_actor`, with the names that there are.
  [[nodiscard]] Result<Maker> find(std::string_view name) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Maker, std::less<>> makers_;
};

}  // namespace troupe::runtime
