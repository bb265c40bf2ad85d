// ServiceEntry: what one actor offers under a key, as its node tells the others; and the forms in
// which lists of entries travel.
//
// Each member's list is its own: it alone changes it. A list is a row of places, each empty or with
// an entry; every change of a place takes the list's next version, and of two tellings of a place
// the one with the higher version holds. So lists may come in pieces, twice and in any order, and
// what was withdrawn needs no more memory than the place that it leaves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace troupe::cluster {

struct ServiceEntry {
  std::string key;  ///< Empty for an empty place.
  std::uint64_t actor = 0;
  std::string path = {};                    ///< "/user/..." on its node; empty without a name.
  std::vector<std::uint64_t> accepts = {};  ///< The keys of its protocol's types, in order.

  friend bool operator==(const ServiceEntry&, const ServiceEntry&) = default;
};

// What is taken from others; more is malformed.
inline constexpr std::size_t service_key_bytes_max = 255;
inline constexpr std::size_t service_path_bytes_max = 1'024;
inline constexpr std::size_t service_messages_max = 100;
inline constexpr std::size_t service_places_max = 100'000;

struct ServicePlace {
  std::uint32_t place = 0;
  std::uint64_t version = 0;
  ServiceEntry entry;
};

/// All changes of the owner's list after `since`, up to `until`, in the order of their versions.
struct ServiceList {
  std::uint64_t owner = 0;  ///< Identity::hash(): of a member, so known to who may take it.
  std::uint64_t since = 0;
  std::uint64_t until = 0;
  std::vector<ServicePlace> places;
};

/// How far somebody knows an owner's list.
struct OwnerVersion {
  std::uint64_t owner = 0;
  std::uint64_t version = 0;

  friend bool operator==(const OwnerVersion&, const OwnerVersion&) = default;
};

}  // namespace troupe::cluster
