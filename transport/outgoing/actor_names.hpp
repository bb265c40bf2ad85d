// What two nodes tell each other of the names of actors: a ref to an actor on another node carries
// its id, and the path that the actor has there comes once beside it, before the first message on a
// lane that holds the ref or was sent by the actor. See `named` in frame.hpp. A ref among the
// arguments of a child to be made there, which travel alone, carries the path itself.
//
// Bounded on both sides: a node remembers that it has told the names of `told_names_max` actors to
// a peer in a session, and the names of `heard_names_max` actors that a life of a peer has told.
// The oldest is forgotten for one more: told again when the actor is met again, or unknown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <troupe/transport/frame/lane.hpp>
#include <unordered_map>

namespace troupe::transport {

/// Of one link, in a session; about 60 bytes each.
inline constexpr std::size_t told_names_max = 8'192;
/// Of one life of a node. Twice as many as are told: each of the users' lanes tells on its own.
inline constexpr std::size_t heard_names_max = 2 * told_names_max;
/// Of all of these together.
inline constexpr std::size_t heard_names_bytes_max = std::size_t{2} << 20U;
/// Of one path. A longer one is not told.
inline constexpr std::size_t told_name_bytes_max = 1'024;

/// Which actors' names a peer has been told in a session. Owner only.
class ToldNames {
 public:
  /// Whether the name of this actor, not 0, is to be told on this lane now: it has not been.
  [[nodiscard]] bool must_tell(std::uint64_t actor, Lane lane) {
    if (lane == Lane::ordinary && actor == last_) return false;
    auto entry = lanes_.find(actor);
    if (entry == lanes_.end()) entry = add(actor);
    if (lane == Lane::ordinary) last_ = actor;
    const auto mark = static_cast<std::uint8_t>(1U << index_of(lane));
    if ((entry->second & mark) != 0) return false;
    entry->second |= mark;
    return true;
  }

  /// A session ends: in the next one all is told anew.
  void clear() {
    last_ = 0;
    lanes_.clear();
    order_.clear();
  }

  [[nodiscard]] std::size_t size() const noexcept { return lanes_.size(); }

 private:
  using Lanes = std::unordered_map<std::uint64_t, std::uint8_t>;

  Lanes::iterator add(std::uint64_t actor) {
    if (order_.size() >= told_names_max) {
      lanes_.erase(order_.front());
      order_.pop_front();
    }
    order_.push_back(actor);  // It may stay in the order alone, where memory ends here.
    return lanes_.try_emplace(actor, std::uint8_t{0}).first;
  }

  std::uint64_t last_ = 0;  // On the ordinary lane.
  Lanes lanes_;
  std::deque<std::uint64_t> order_;  // Of their first telling.
};

/// Whether the text, which is untrusted, is a path of a node's own, such as "/user/account", and
/// not too long.
[[nodiscard]] bool is_told_path(std::string_view text);

/// What was told of the names of actors, which are known by keys. Owner only.
template <class Key, class Hash = std::hash<Key>>
class HeardNamesBy {
 public:
  /// False where the text is not is_told_path(): nothing is changed.
  [[nodiscard]] bool learn(const Key& actor, std::string_view path) {
    if (!is_told_path(path)) return false;
    if (const auto known = by_actor_.find(actor); known != by_actor_.end()) {
      bytes_ -= known->second->path.size();
      known->second->path = path;
      names_.splice(names_.end(), names_, known->second);
    } else {
      by_actor_.emplace(actor, names_.insert(names_.end(), {actor, std::string(path)}));
    }
    bytes_ += path.size();
    while (names_.size() > heard_names_max || bytes_ > heard_names_bytes_max) {
      bytes_ -= names_.front().path.size();
      by_actor_.erase(names_.front().actor);
      names_.pop_front();
    }
    return true;
  }

  /// The path of an actor there; none where it is not known.
  [[nodiscard]] std::optional<std::string> path_of(const Key& actor) const {
    const auto known = by_actor_.find(actor);
    return known != by_actor_.end() ? std::optional(known->second->path) : std::nullopt;
  }

  [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }
  /// Of all paths together.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Name {
    Key actor;
    std::string path;
  };
  using Names = std::list<Name>;

  Names names_;  // The one that was told last is the last.
  std::unordered_map<Key, typename Names::iterator, Hash> by_actor_;
  std::size_t bytes_ = 0;
};

/// Of a life of a node, by what it has told itself.
using HeardNames = HeardNamesBy<std::uint64_t>;

}  // namespace troupe::transport
