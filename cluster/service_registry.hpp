// ServiceRegistry: what one node knows of the services of all members: its own list, and copies of
// the others'. Pure.
//
//   copy \ list that comes   of a stranger   since > copy   until <= copy   else
//   any                      stranger        gap            known           news: up to `until`
//
// A copy that is complete up to its version stays so: what would leave a gap is not taken, and is
// asked for again by whoever compares versions; see service_gossip.hpp. Owner only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <troupe/base/result.hpp>
#include <troupe/cluster/identity.hpp>
#include <troupe/cluster/service_entry.hpp>
#include <utility>
#include <vector>

namespace troupe::cluster {

/// Errors: `invalid_setting` for a key that is out of its range.
[[nodiscard]] Result<void> check_service_key(std::string_view key);

class ServiceRegistry {
 public:
  /// Its own list has at most so many entries.
  ServiceRegistry(const Identity& self, std::size_t entries_max);

  // The own list.

  /// True where that changes anything: an actor is enrolled once under a key, as accepting what was
  /// said last. Errors: `invalid_setting` for a key or a protocol that is out of its range,
  /// `limit_reached`.
  [[nodiscard]] Result<bool> enroll(ServiceEntry entry);
  /// Nothing where it is not enrolled. True where that changes anything.
  bool withdraw(std::string_view key, std::uint64_t actor);
  /// Under all keys.
  bool withdraw(std::uint64_t actor);
  [[nodiscard]] std::size_t own() const noexcept { return own_places_.size(); }

  // The members.

  struct Owner {
    Identity identity;
    bool is_unreachable = false;
  };
  /// From now on these have lists, by the hashes of their identities, and those of others are
  /// forgotten; but for this node's own.
  void keep(std::map<std::uint64_t, Owner> owners);
  /// This life is over: nothing is known, the own list is empty.
  void clear();

  // Copies.

  enum class Merged : std::uint8_t { known, news, gap, stranger, malformed };
  [[nodiscard]] Merged merge(const ServiceList& list);

  /// Equal, but for chance, where two know the same versions of the same lists; 0 of none.
  [[nodiscard]] std::uint64_t digest() const noexcept { return digest_; }
  /// 0 for who has no list.
  [[nodiscard]] std::uint64_t version_of(std::uint64_t owner) const;
  [[nodiscard]] bool is_owner(std::uint64_t owner) const;
  /// Of the lists from `first` on, in the order of their owners; at most so many.
  [[nodiscard]] std::vector<OwnerVersion> versions_from(std::uint64_t first,
                                                        std::size_t count_max) const;
  /// What has changed in a list after `since`, oldest first, as far as it has room: one place at
  /// least. What it takes is taken off `bytes`. False where that is not all of it.
  bool changes_since(std::uint64_t owner, std::uint64_t since, std::size_t& bytes,
                     ServiceList& list) const;

  // Look-ups.

  /// Each entry under the key, in the same order for all who know the same.
  void find(std::string_view key,
            const std::function<void(const Owner&, const ServiceEntry&)>& found) const;
  /// Entries of all members.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// The keys under which anything has changed since the last call: entries, or whether their
  /// owners can be reached.
  [[nodiscard]] std::set<std::string, std::less<>> take_changed() {
    return std::exchange(changed_, {});
  }
  /// Grows with each of these changes.
  [[nodiscard]] std::uint64_t revision() const noexcept { return revision_; }

 private:
  struct List {
    std::uint64_t version = 0;
    std::map<std::uint32_t, ServicePlace> places;
    std::map<std::uint64_t, std::uint32_t> by_version;
  };
  using Place = std::pair<std::uint64_t, std::uint32_t>;  // Of an owner.

  void put(std::uint64_t owner, List& list, ServicePlace place);
  void put_own(std::uint32_t place, ServiceEntry entry);
  void set_version(std::uint64_t owner, List& list, std::uint64_t version);
  void forget(std::map<std::uint64_t, List>::iterator list);
  void note_change(const List& list);
  void note_change(const std::string& key);
  [[nodiscard]] Result<void> check(const ServiceEntry& entry) const;

  const std::uint64_t self_;
  const std::size_t entries_max_;
  std::map<std::uint64_t, Owner> owners_;
  std::map<std::uint64_t, List> lists_;
  std::map<std::string, std::set<Place>, std::less<>> by_key_;
  std::map<std::pair<std::uint64_t, std::string>, std::uint32_t> own_places_;  // By actor and key.
  std::vector<std::uint32_t> empty_;                                           // Of the own places.
  std::size_t size_ = 0;
  std::uint64_t digest_ = 0;
  std::uint64_t revision_ = 0;
  std::set<std::string, std::less<>> changed_;
};

}  // namespace troupe::cluster
