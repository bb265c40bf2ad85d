// NameRegistry: which named actor is whose child, and which path belongs to an id.
//
// The one place that decides whether a name is taken. Actors without a name of their own are not in
// it: their name, "$" and their id in hexadecimal, says all. Names of actors that have ended, and
// whose children they were, are remembered for a while, for the paths in dead letters.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <troupe/actor/ports/envelope.hpp>
#include <unordered_map>

namespace troupe::runtime {

/// Limit of ended actors whose names are remembered.
inline constexpr std::size_t remembered_names_max = 10'000;

/// Any thread.
class NameRegistry {
 public:
  /// Takes a name below a parent; false when it is taken.
  [[nodiscard]] bool reserve(ActorId parent, std::string_view name, ActorId id);

  /// Frees the name of an actor, if it has one; it is remembered under the id.
  void release(ActorId id);

  [[nodiscard]] std::optional<ActorId> find(ActorId parent, std::string_view name) const;

  /// The own name of an actor that lives; none for an actor without one.
  [[nodiscard]] std::optional<std::string> name_of(ActorId id) const;

  /// Whose child an actor is, and its own name there.
  struct Key {
    ActorId parent;
    std::string name;
    friend bool operator==(const Key&, const Key&) = default;
  };

  /// Those of a named actor that has ended not too long ago.
  [[nodiscard]] std::optional<Key> remembered(ActorId id) const;

 private:
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<std::string>()(key.name) ^ (key.parent * 0x9e3779b97f4a7c15U);
    }
  };

  mutable std::mutex mutex_;
  std::unordered_map<Key, ActorId, KeyHash> ids_;
  std::unordered_map<ActorId, Key> keys_;
  std::unordered_map<ActorId, Key> ended_;
  std::deque<ActorId> ended_order_;
};

/// The name of an actor that was given none.
[[nodiscard]] std::string unnamed(ActorId id);
/// The reverse of unnamed(); 0 for what it would not write.
[[nodiscard]] ActorId id_in_name(std::string_view name);

}  // namespace troupe::runtime
