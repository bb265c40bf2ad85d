// Codecs of collections: sequences and sets as msgpack arrays, maps as msgpack maps.
//
// They are recognised by what they can do, not by name, so that other libraries' containers work as
// those of std do and none of their headers is needed here.
//
//   type                                 msgpack                       in a description
//   std::vector<int>, std::deque<int>    an array of the elements      [int32]
//   std::set<int>                        an array of the elements      [int32]
//   std::map<std::string, int>           a map                         map<string, int32>
//   std::array<int, 3>                   an array of 3                 3[int32]
//
// So a vector may become a deque or a set without other programs noticing, and a vector never a
// map.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <troupe/wire/customisation.hpp>
#include <type_traits>
#include <utility>

namespace troupe::wire {

/// Has elements, a size, and can be emptied. std::array is none: its size is a part of its type.
template <class T>
concept Collection = requires(T& collection, const T& constant) {
  typename T::value_type;
  { constant.size() } -> std::convertible_to<std::size_t>;
  constant.begin();
  constant.end();
  collection.clear();
};

/// std::vector, deque, list and their like: elements are added at the end. A msgpack array.
template <class T>
concept Sequence = Collection<T> && requires(T& sequence) { sequence.emplace_back(); };

/// std::map, unordered_map, multimap and their like. A msgpack map, in the container's own order.
template <class T>
concept Map = Collection<T> && requires {
  typename T::key_type;
  typename T::mapped_type;
};

/// std::set, unordered_set, multiset and their like. A msgpack array, as of a sequence.
template <class T>
concept Set = Collection<T> && !Map<T> && requires { typename T::key_type; };

/// Empties `collection` and makes room for `count` elements; false if they claim too much memory,
/// by Reader::claim_memory(), and then the reader has failed. For codecs of collections of your
/// own.
template <Collection T>
[[nodiscard]] bool prepare(Reader& reader, T& collection, std::size_t count) {
  collection.clear();
  if (!reader.claim_memory(count, sizeof(typename T::value_type))) return false;
  if constexpr (requires { collection.reserve(count); }) collection.reserve(count);
  return true;
}

/// Watches the steps that a hash container takes to find its keys: keys that were chosen to collide
/// would cost as many as the square of their number. Ordered containers are not watched.
class HashSteps {
 public:
  /// For a collection of `count` elements: up to 256 nothing is watched, and above that 64 steps
  /// for each on average are let through, far more than keys need that were not chosen to collide.
  explicit HashSteps(std::size_t count) noexcept
      : left_(count > few ? count * steps_per_key : SIZE_MAX) {}

  /// Before `key` goes into `table`; fails the reader once there were too many steps.
  template <class Table, class Key>
  [[nodiscard]] bool admits(Reader& reader, const Table& table, const Key& key) {
    if constexpr (requires { table.begin(table.bucket(key)); }) {
      if (left_ == SIZE_MAX || table.bucket_count() == 0) return true;
      const auto equal = table.key_eq();
      const std::size_t bucket = table.bucket(key);
      for (auto at = table.begin(bucket); at != table.end(bucket); ++at) {
        if (equal(key_of<Table>(*at), key)) break;
        if (left_-- == 0) {
          reader.fail("keys that collide in their hash container, too many to be chance");
          return false;
        }
      }
    }
    return true;
  }

 private:
  template <class Table>
  static const auto& key_of(const typename Table::value_type& value) {
    if constexpr (requires { typename Table::mapped_type; }) {
      return value.first;
    } else {
      return value;
    }
  }

  static constexpr std::size_t few = 256;  // Of them, even the square is little.
  static constexpr std::size_t steps_per_key = 64;
  std::size_t left_;
};

/// What it held is gone when one is read. An element that is malformed makes the whole message so.
template <Sequence T>
struct Codec<T> {
  using Element = typename T::value_type;

  static void encode(Writer& writer, const T& sequence) {
    writer.write_array_header(sequence.size());
    const Writer::Nested nested(writer);
    for (const auto& element : sequence) Codec<Element>::encode(writer, element);
  }

  static void decode(Reader& reader, T& sequence) {
    const std::size_t count = reader.read_array_header();
    if (!prepare(reader, sequence, count)) return;
    const Reader::Nested nested(reader);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
      if constexpr (std::is_same_v<Element, bool>) {
        sequence.push_back(reader.read_bool());  // std::vector<bool> has no bools to refer to
      } else {
        Codec<Element>::decode(reader, sequence.emplace_back());
      }
    }
  }

  using Elements = Types<Element>;
  static constexpr std::string_view brackets = "[]";
};

/// Of two equal elements the first counts, unless the set holds both. Elements need a default
/// constructor and a move.
template <Set T>
struct Codec<T> {
  using Element = typename T::value_type;

  static void encode(Writer& writer, const T& set) {
    writer.write_array_header(set.size());
    const Writer::Nested nested(writer);
    for (const auto& element : set) Codec<Element>::encode(writer, element);
  }

  static void decode(Reader& reader, T& set) {
    const std::size_t count = reader.read_array_header();
    if (!prepare(reader, set, count)) return;
    const Reader::Nested nested(reader);
    HashSteps steps(count);
    for (std::size_t i = 0; i < count; ++i) {
      Element element{};
      Codec<Element>::decode(reader, element);
      if (!reader.ok() || !steps.admits(reader, set, element)) return;
      set.insert(set.end(), std::move(element));  // the hint is right for what an ordered set wrote
    }
  }

  using Elements = Types<Element>;
  static constexpr std::string_view brackets = "[]";
};

/// Of two equal keys the first counts, unless the map holds both. Keys may be of any type that has
/// a codec, not only text. A hash container's elements come in an order of its own, so equal maps
/// may have unequal bytes.
template <Map T>
struct Codec<T> {
  using Key = typename T::key_type;
  using Mapped = typename T::mapped_type;

  static void encode(Writer& writer, const T& map) {
    writer.write_map_header(map.size());
    const Writer::Nested nested(writer);
    for (const auto& [key, mapped] : map) {
      Codec<Key>::encode(writer, key);
      Codec<Mapped>::encode(writer, mapped);
    }
  }

  static void decode(Reader& reader, T& map) {
    const std::size_t count = reader.read_map_header();
    if (!prepare(reader, map, count)) return;
    const Reader::Nested nested(reader);
    HashSteps steps(count);
    for (std::size_t i = 0; i < count; ++i) {
      Key key{};
      Mapped mapped{};
      Codec<Key>::decode(reader, key);
      Codec<Mapped>::decode(reader, mapped);
      if (!reader.ok() || !steps.admits(reader, map, key)) return;
      map.emplace_hint(map.end(), std::move(key), std::move(mapped));
    }
  }

  using Elements = Types<Key, Mapped>;
  static constexpr std::string_view brackets = "<>";
  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("map");
  }
};

/// A msgpack array of exactly `size` elements; any other number is malformed. The size is part of
/// the schema: nodes of which the one has a longer array refuse the type.
template <class T, std::size_t size>
struct Codec<std::array<T, size>> {
  static void encode(Writer& writer, const std::array<T, size>& array) {
    writer.write_array_header(size);
    const Writer::Nested nested(writer);
    for (const T& element : array) Codec<T>::encode(writer, element);
  }

  static void decode(Reader& reader, std::array<T, size>& array) {
    if (reader.read_array_header() != size) return reader.fail("an array of another length");
    const Reader::Nested nested(reader);
    for (T& element : array) Codec<T>::decode(reader, element);
  }

  using Elements = Types<T>;
  static constexpr std::string_view brackets = "[]";
  template <class Out>
  static constexpr void shape(Out& out) {
    append_number(out, size);
  }
};

}  // namespace troupe::wire
