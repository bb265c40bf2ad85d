// The shape of a message type as text and as a number, so that two nodes can tell whether they mean
// the same by a name, and by what they differ.
//
// The grammar, by example: bank::Deposit{cents: int32, lines: [bank::Line{price:
// optional<float64>}]}. A type inside itself and one with a codec of its own are given by name, a
// field whose name the compiler does not tell by its number: "#03". schema_difference.hpp reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/wire/codec.hpp>
#include <troupe/wire/fnv1a.hpp>
#include <troupe/wire/type_name.hpp>
#include <type_traits>
#include <utility>

namespace troupe::wire {

namespace schema {

/// Sixteen digits.
template <class Out>
constexpr void append_hex(Out& out, std::uint64_t number) {
  for (int shift = 60; shift >= 0; shift -= 4) {
    out.append(std::string_view("0123456789abcdef").substr((number >> shift) & 0xf, 1));
  }
}

/// Appends the description of T to a std::string or an Fnv1a. `Open` are the types around T: one
/// that contains itself is given by its name, so that the description ends.
template <class T, class... Open, class Out>
constexpr void append_type(Out& out);

/// One of the types that Owner is made of, with its name where it is a field.
template <class Owner, std::size_t I, class T, class... Open, class Out>
constexpr void append_element(Out& out) {
  if constexpr (I != 0) out.append(", ");
  if constexpr (requires { Codec<Owner>::template element_name<I>(); }) {
    out.append(Codec<Owner>::template element_name<I>());
    out.append(": ");
  }
  append_type<T, Owner, Open...>(out);
}

template <class Owner, class... Open, class Out, std::size_t... I, class... Element>
constexpr void append_elements(Out& out, std::index_sequence<I...>, Types<Element...>) {
  (append_element<Owner, I, Element, Open...>(out), ...);
}

template <class... Element>
constexpr auto indices_of(Types<Element...>) {
  return std::index_sequence_for<Element...>();
}

template <class T, class... Open, class Out>
constexpr void append_type(Out& out) {
  if constexpr ((std::is_same_v<T, Open> || ...)) {
    out.append(type_name<T>());
  } else if constexpr (requires { typename Codec<T>::Elements; }) {
    using Elements = typename Codec<T>::Elements;
    if constexpr (requires { Codec<T>::shape(out); }) Codec<T>::shape(out);
    out.append(Codec<T>::brackets.substr(0, 1));
    append_elements<T, Open...>(out, indices_of(Elements()), Elements());
    out.append(Codec<T>::brackets.substr(1, 1));
  } else if constexpr (requires { Codec<T>::shape(out); }) {
    Codec<T>::shape(out);
  } else {
    out.append(type_name<T>());
    if constexpr (requires { Codec<T>::fingerprint(); }) {
      out.append("#");
      append_hex(out, Codec<T>::fingerprint());
    }
  }
}

}  // namespace schema

/// The hash of describe<T>(): equal on two nodes exactly when their descriptions are, but for the
/// chance of a collision, one in 2^64. Computed when compiling; never 0. Nodes compare it for each
/// type of message that they exchange; where it differs, schema_difference() decides by the
/// descriptions.
template <Serialisable T>
consteval std::uint64_t fingerprint() {
  Fnv1a hash;
  schema::append_type<T>(hash);
  return hash.value();
}

/// What T looks like on the wire, for the message that tells two versions apart. A test can hold it
/// against a text that is kept, so that nobody changes a message by accident:
///
///   EXPECT_EQ(wire::describe<Deposit>(), "bank::Deposit{cents: int32, note: string}");
template <Serialisable T>
[[nodiscard]] std::string describe() {
  std::string text;
  schema::append_type<T>(text);
  return text;
}

}  // namespace troupe::wire
