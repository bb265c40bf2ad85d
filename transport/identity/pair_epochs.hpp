// PairEpochs: which epoch this node is in with the node at each address. Pure.
//
// Two lives of nodes count the epochs of their pair from 1. An epoch ends for the one that gives
// the other up without being told to, because it has heard nothing for too long for example, and
// its number is over for that one from then on. The other hears of the next one when they meet:
//
//   this node is in, or waits for    it hears    what it does
//   n                                n           they meet in n
//   n                                m > n       ends all that it holds in n, and goes on with m
//   n                                m < n       answers with n
//
// So they meet in the higher number of the two, in which neither of them has held anything before.
// That must hold also where a number is forgotten: no number is said to anybody that is lower than
// one that was forgotten. Told numbers only rise, so that whatever comes late is of a lower one.
//
// Bounded: of addresses that nothing is held of at present so many are remembered, those whose
// epochs ended last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <troupe/actor/actor_path.hpp>
#include <troupe/transport/identity/peer_epoch.hpp>
#include <unordered_map>

namespace troupe::transport {

/// Any thread.
class PairEpochs {
 public:
  /// Each costs about 200 bytes.
  static constexpr std::size_t remembered_max = 4'096;

  explicit PairEpochs(std::size_t remembered = remembered_max) noexcept
      : remembered_max_(remembered) {}

  /// That this node is in with whoever is at the address, or waits for.
  [[nodiscard]] std::uint64_t epoch(const NodeAddress& address) const;

  /// Whether this epoch with that life is known to have ended.
  [[nodiscard]] bool is_over(const NodeAddress& address, const PeerEpoch& life) const;

  /// The life there of which an epoch has ended, and that has not come back yet; 0 for none.
  [[nodiscard]] std::uint64_t lost_life(const NodeAddress& address) const;

  /// The node at the address is in a higher epoch, or waits for it; what was held in a lower one
  /// has been ended.
  void raise(const NodeAddress& address, std::uint64_t epoch);

  /// This life was met there, in epoch(): something may be held of it from now on. True where it
  /// has come back, as the first that was heard of it since end().
  [[nodiscard]] bool meet(const NodeAddress& address, std::uint64_t incarnation);

  /// This epoch with that life is over, and another may follow. False where it was over already.
  [[nodiscard]] bool end(const NodeAddress& address, const PeerEpoch& life);

  /// Nothing is held any more of this life, which is over for good or was forgotten.
  void release(const NodeAddress& address, std::uint64_t incarnation);

  /// Addresses that are remembered, with those that something is held of.
  [[nodiscard]] std::size_t size() const;
  /// How many were forgotten for want of room.
  [[nodiscard]] std::uint64_t forgotten() const;

 private:
  struct Entry {
    std::uint64_t incarnation = 0;  // That was met last.
    std::uint64_t epoch = first_epoch;
    bool is_held = false;
    bool was_lost = false;                          // And has not come back yet.
    std::list<const std::string*>::iterator place;  // Where it is not held.
  };
  using Entries = std::unordered_map<std::string, Entry>;

  [[nodiscard]] Entry& entry_of(const NodeAddress& address);
  void hold(Entry& entry);
  void let_go(Entries::iterator entry);

  const std::size_t remembered_max_;
  mutable std::mutex mutex_;
  Entries entries_;                     // By address.
  std::list<const std::string*> idle_;  // Those that are not held; the oldest first.
  std::uint64_t first_ = first_epoch;   // Of addresses that are not remembered.
  std::uint64_t forgotten_ = 0;
};

}  // namespace troupe::transport
