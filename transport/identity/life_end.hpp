// LifeEnd: whether the end of another node's life is one for good, or one of an epoch alone, so
// that the life may come back in the next one. Pure.
//
//   cause of the end              down_is_final   the epoch is over    another may   end
//                                                 already              follow
//   ordered, followed, left, or   any             any                  any           for good
//   refused by that life
//   lost, or silent               any             yes                  any           of an epoch
//   lost, or silent               no              no                   yes           of an epoch
//   lost, or silent               yes             no                   any           for good
//   lost, or silent               any             no                   no            for good
//
// Another epoch may follow where the life that was heard of last knows of epochs, and this was not
// the last one that there can be.
#pragma once

#include <troupe/transport/identity/ended_lives.hpp>
#include <troupe/transport/identity/peer_epoch.hpp>

namespace troupe::transport {

struct LifeEnd {
  EndedLives::Cause cause;
  bool is_over = false;      ///< The life is known to be over, or this epoch of it.
  bool is_last_met = true;   ///< No other life was heard of since.
  bool tells_epoch = false;  ///< It knows of epochs.
};

/// Whether the end of the life in this epoch is one for good.
[[nodiscard]] constexpr bool is_for_good(const LifeEnd& end, std::uint64_t epoch,
                                         bool down_is_final) noexcept {
  const bool was_given_up =
      end.cause == EndedLives::Cause::lost || end.cause == EndedLives::Cause::silent;
  if (!was_given_up) return true;
  if (end.is_over) return false;
  const bool may_follow = end.tells_epoch && end.is_last_met && epoch < last_epoch;
  return down_is_final || !may_follow;
}

}  // namespace troupe::transport
