// NamedLives: the lives of other nodes that refs here name, each with its PeerTarget, as many as
// may be at one time. Anybody can name any life, so those that nobody uses make way for others.
//
//   a life                          what becomes of it
//   more of it is known, it is      stays
//   watched, asks, or has children
//   is over                         keeps its name until former_lives_max others have ended, and
//                                   for as long as somebody uses it
//   any other                       goes where there is no room; first if it was not used since the
//                                   last time that it was looked at
//
// A ref to one that has gone is one to a life that is over. Of a life in several epochs the target
// of the last one has the name; refs to the others are to lives that are over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <troupe/transport/link/link_way.hpp>
#include <troupe/transport/node_identity.hpp>
#include <troupe/transport/peer/peer_target.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::transport {

/// Lives that are over and still have names, so that logs and errors can tell who is meant: some
/// 400 bytes each.
inline constexpr std::size_t former_lives_max = 1'000;

/// Owner only.
class NamedLives {
 public:
  /// Refs may name so many lives that are not over; at least 1.
  NamedLives(LinkFinder& finder, std::size_t lives_max) noexcept
      : finder_(finder), lives_max_(lives_max) {}

  /// The target of the life of this name; null where there is none. It counts as used.
  [[nodiscard]] PeerTarget* find(std::string_view name);

  /// Makes room for one life, if none is left. False where none can be made: they are all in use.
  [[nodiscard]] bool make_room();

  /// Names a life that has no name yet in this epoch; whether there is room is the caller's to ask.
  /// `link` is where its way leads to.
  [[nodiscard]] PeerTarget& add(const NodeIdentity& life,
                                std::shared_ptr<const NodeAddress> address, LinkWay::End link,
                                std::uint64_t epoch = first_epoch);

  /// The life is over, or has been in each epoch up to this one.
  void end(std::string_view name, std::uint64_t last = UINT64_MAX);

  /// Finds none of them any more: the node ends.
  void clear() noexcept;
  /// After clear(), when the node has ended: all can be used again. False where somebody uses one
  /// at this moment; then it is called again later.
  [[nodiscard]] bool end_all() noexcept;
  /// Of another node, which begins: refs may name so many lives that are not over.
  void begin(std::size_t lives_max) noexcept {
    lives_max_ = lives_max;
    forgotten_ = 0;
  }

  /// Those that have names, with those that are over.
  [[nodiscard]] std::size_t size() const noexcept { return targets_.size(); }
  /// How many have had names and have none any more.
  [[nodiscard]] std::uint64_t forgotten() const noexcept { return forgotten_; }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };

  void end(PeerTarget& named);
  [[nodiscard]] bool forget_first(std::list<PeerTarget*>& all);

  LinkFinder& finder_;
  std::size_t lives_max_;
  std::unordered_map<std::string, PeerTarget*, TextHash, std::equal_to<>> targets_;
  std::list<PeerTarget*> present_;  // The next to be looked at first.
  std::list<PeerTarget*> former_;   // Over; the one that ended first is the first.
  std::vector<PeerTarget*> free_;   // Forgotten, for others.
  std::uint64_t forgotten_ = 0;
};

}  // namespace troupe::transport
