// EpochAgreement: whether a session that has been welcomed goes on in the epoch that was said in
// its hello. Pure. How epochs begin and end is said in pair_epochs.hpp.
//
//   said in the hello   told in the welcome   this node is in   what follows
//   n                   n                     n                 agreed
//   n                   m > n                 m or higher       say_again
//   n                   m <= n                another           too_late: an epoch has ended since
//   any                 more than last_epoch  any               impossible
//
// Who says a higher one has begun nothing yet: another hello says that. A welcome without an epoch,
// of a node that knows of none, tells the one that was said.
#pragma once

#include <cstdint>
#include <troupe/transport/identity/peer_epoch.hpp>

namespace troupe::transport {

enum class EpochAgreement : std::uint8_t { agreed, say_again, too_late, impossible };

/// What a welcome tells that has `epoch` in it, in answer to a hello.
[[nodiscard]] constexpr std::uint64_t told_epoch(std::uint64_t epoch, std::uint64_t said) noexcept {
  return epoch != 0 ? epoch : said;
}

/// `ours` is what this node is in once it has heard of `told`.
[[nodiscard]] constexpr EpochAgreement agree_on_epoch(std::uint64_t said, std::uint64_t told,
                                                      std::uint64_t ours) noexcept {
  if (told > last_epoch) return EpochAgreement::impossible;
  if (said == ours && told == ours) return EpochAgreement::agreed;
  return told <= said ? EpochAgreement::too_late : EpochAgreement::say_again;
}

}  // namespace troupe::transport
