// PeerTypes: what one life of a peer has said of its message types, and which of them are not what
// this node means by the same name. Pure: what is sent and logged is the transport's.
//
//   heard \ known here     no       yes, and the same   yes, with another fingerprint
//   a fingerprint          waits    fits                waits; ours is to be told
//   a description          waits    fits                fits or is refused, by schema_difference()
//
// What fits or is refused stays so for the peer's life. A type that waits is no obstacle.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <troupe/actor/ports/known_types.hpp>
#include <troupe/transport/frame/frame.hpp>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace troupe::transport {

/// Owner only.
class PeerTypes {
 public:
  /// A type that is refused from now on, and why.
  struct Refused {
    const runtime::MessageType* ours;
    std::string reason;
  };
  /// What has to be done about a type that was heard of.
  struct Verdict {
    bool is_other = false;  ///< The peer should be told what ours looks like.
    std::optional<Refused> refused;
  };

  /// At most `types_max` types are remembered, with descriptions of `bytes_max` together; what is
  /// past that is taken as if it had not been said.
  PeerTypes(std::size_t types_max, std::size_t bytes_max)
      : types_max_(types_max), bytes_max_(bytes_max) {}

  // `ours` is the type with that key that is known here, or null.

  [[nodiscard]] Verdict note(const Schema& schema, const runtime::MessageType* ours);
  [[nodiscard]] Verdict note(const TypeName& type, const runtime::MessageType* ours);

  /// Compares the types that wait again if more are known here than the last time.
  [[nodiscard]] std::vector<Refused> catch_up(const runtime::KnownTypes& known);
  [[nodiscard]] bool is_behind(const runtime::KnownTypes& known) const noexcept {
    return known.size() != known_then_;
  }

  /// The peer's life is over.
  void forget();

  /// Whether messages of this type are refused, in both directions.
  [[nodiscard]] bool refuses(std::uint64_t key) const noexcept {
    return !refused_.empty() && refused_.contains(key);
  }

 private:
  struct Waiting {
    std::uint64_t fingerprint = 0;
    std::string description;  ///< Empty while only the fingerprint is known.
  };

  [[nodiscard]] bool is_settled(std::uint64_t key) const {
    return fitting_.contains(key) || refused_.contains(key);
  }
  [[nodiscard]] Waiting* remember(std::uint64_t key, std::uint64_t fingerprint);
  [[nodiscard]] std::optional<Refused> compare(std::uint64_t key, std::string_view description,
                                               const runtime::MessageType& ours);
  void settle(std::uint64_t key, std::unordered_set<std::uint64_t>& as);

  const std::size_t types_max_;
  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;  // Of all descriptions.
  std::size_t known_then_ = 0;
  std::unordered_map<std::uint64_t, Waiting> waiting_;
  std::unordered_set<std::uint64_t> fitting_;
  std::unordered_set<std::uint64_t> refused_;
};

}  // namespace troupe::transport
