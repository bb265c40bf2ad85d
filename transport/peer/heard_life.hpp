// HeardLife: what a life of another node has told of itself for texts and refs here, and what it
// wants to hear: the names of its types and actors, and its watches of actors here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/transport/outgoing/actor_names.hpp>
#include <unordered_map>

namespace troupe::transport {

/// Limit of what one life can have this node watch.
inline constexpr std::size_t inbound_watches_max = 1'000'000;
/// Of a type's name, as it is shown.
inline constexpr std::size_t type_name_shown_max = 4'096;

/// Any thread.
class HeardLife {
 public:
  explicit HeardLife(std::size_t types_max) noexcept : named_types_max_(types_max) {}

  /// The wire name of one of its types, or something in its place.
  [[nodiscard]] std::string type_name(std::uint64_t type_key) const;
  /// The node has named a type. Names past learned_types_max are forgotten.
  void learn_type(std::uint64_t key, std::string_view name);

  /// The path that an actor there has, as the node has told; none where it has not.
  [[nodiscard]] std::optional<std::string> path_of(std::uint64_t actor) const;
  /// The node has told that; see HeardNames::learn().
  [[nodiscard]] bool learn_path(std::uint64_t actor, std::string_view path);

  /// What became of a watch: it has begun, or had before, or is one more than inbound_watches_max.
  enum class Begun : std::uint8_t { now, before, not_at_all };
  /// The node watches an actor here under this key.
  [[nodiscard]] Begun add_watch(std::uint64_t key, runtime::ActorId actor);
  /// The actor that was watched under this key, and is not any more; 0 for none.
  [[nodiscard]] runtime::ActorId take_watch(std::uint64_t key);
  [[nodiscard]] std::unordered_map<std::uint64_t, runtime::ActorId> take_watches();

 private:
  const std::size_t named_types_max_;
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::string> named_types_;
  HeardNames names_;  // Of its actors.
  std::unordered_map<std::uint64_t, runtime::ActorId> watches_;
};

/// The name that actors without one have in paths.
[[nodiscard]] std::string unnamed_actor(std::uint64_t id);

/// What stands for the name of a type that is not known.
[[nodiscard]] std::string unnamed_type(std::uint64_t type_key);

}  // namespace troupe::transport
