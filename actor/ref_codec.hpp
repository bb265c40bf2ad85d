// Refs inside messages: what ActorRef and AnyRef are on the wire is the link's to say.
//
//   struct Subscribe { troupe::ActorRef<troupe::Accepts<News>> who; };     // may go to other nodes
//
// What the actor accepts is not looked at on the way: an ActorRef arrives as the one that the
// message's type names.
#pragma once

#include <optional>
#include <troupe/actor/ref.hpp>
#include <troupe/wire/composite_codecs.hpp>
#include <troupe/wire/customisation.hpp>
#include <troupe/wire/ref_port.hpp>
#include <type_traits>

namespace troupe::wire {

/// A null ref is nil; so is any ref where there is no link whose peer could use it, as in what is
/// encoded for a file. To read one that is not nil without a link is `malformed`.
template <>
struct Codec<AnyRef> {
  static void encode(Writer& writer, const AnyRef& ref) {
    if (!ref || writer.ref_port() == nullptr) return writer.write_nil();
    writer.ref_port()->encode_ref(writer, {ref.target(), ref.id()});
  }
  static void decode(Reader& reader, AnyRef& ref) {
    if (reader.try_read_nil()) return void(ref = AnyRef());
    if (reader.ref_port() == nullptr) return reader.fail("a ref came without a link to its node");
    const RefParts parts = reader.ref_port()->decode_ref(reader);
    ref = AnyRef(parts.target, parts.id);
  }
  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("ref");
  }
};

/// AnyRef and every ActorRef.
template <class T>
inline constexpr bool is_ref = std::is_same_v<T, AnyRef>;
template <class Protocol>
inline constexpr bool is_ref<ActorRef<Protocol>> = true;

template <>
inline constexpr bool is_nil_like<AnyRef> = true;
template <class Protocol>
inline constexpr bool is_nil_like<ActorRef<Protocol>> = true;

/// Nil is no ref at all; a ref that would be nil itself is `false` in here.
template <class Ref>
  requires is_ref<Ref>
struct Codec<std::optional<Ref>> {
  static void encode(Writer& writer, const std::optional<Ref>& ref) {
    if (!ref) return writer.write_nil();
    if (!*ref || writer.ref_port() == nullptr) return writer.write_bool(false);
    Codec<Ref>::encode(writer, *ref);
  }
  static void decode(Reader& reader, std::optional<Ref>& ref) {
    if (reader.try_read_nil()) return ref.reset();
    ref.emplace();
    if (reader.peek() != Kind::boolean) return Codec<Ref>::decode(reader, *ref);
    if (reader.read_bool()) reader.fail("a ref is never `true`");
  }

  using Elements = Types<Ref>;
  static constexpr std::string_view brackets = "<>";
  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("optional");
  }
};

/// The same bytes as an AnyRef, and the same shape: a message may change what its ref accepts and
/// stays the same type on the wire.
template <class Protocol>
struct Codec<ActorRef<Protocol>> {
  static void encode(Writer& writer, const ActorRef<Protocol>& ref) {
    Codec<AnyRef>::encode(writer, ref);
  }
  static void decode(Reader& reader, ActorRef<Protocol>& ref) {
    AnyRef any;
    Codec<AnyRef>::decode(reader, any);
    ref = ActorRef<Protocol>(any);
  }
  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("ref");
  }
};

}  // namespace troupe::wire
