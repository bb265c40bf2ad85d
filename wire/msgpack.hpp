// Messages with MSGPACK_DEFINE, packed and unpacked by msgpack-c itself.
//
// Include this, and not <msgpack.hpp>, where a message uses the macro: it is the one header that
// brings msgpack-c in, without Boost. Plain structs need neither, and compile twice as fast.
//   struct Deposit {
//     int cents = 0;
//     std::string note;
//     MSGPACK_DEFINE(cents, note);
//   };
#pragma once

#if !defined(MSGPACK_NO_BOOST)
#define MSGPACK_NO_BOOST
#endif

#include <algorithm>
#include <exception>
#include <msgpack.hpp>
#include <string>
#include <troupe/wire/codec.hpp>

namespace troupe::wire {

/// Field names and order are the macro's affair and no part of the schema: only the name is.
/// The bytes are checked by Reader::skip() first, so msgpack-c meets only sound and shallow ones.
/// What it throws when it reads becomes `malformed`; what it throws when it writes is let through.
/// Refs to actors cannot be fields: msgpack-c knows nothing of them.
template <PackedByMsgpack T>
struct Codec<T> {
  static void encode(Writer& writer, const T& value) {
    msgpack::packer<Writer> packer(writer);
    value.msgpack_pack(packer);
  }

  static void decode(Reader& reader, T& value) {
    const auto bytes = reader.skip();
    if (!reader.ok()) return;
    try {
      // Every value costs at least a byte, so the zone stays a small multiple of the input.
      msgpack::zone zone(std::clamp<std::size_t>(bytes.size() * sizeof(msgpack::object), 64, 8192));
      std::size_t offset = 0;
      const msgpack::object object =
          msgpack::unpack(zone, reinterpret_cast<const char*>(bytes.data()), bytes.size(), offset,
                          [](auto...) { return true; });  // text stays in place
      object.convert(value);
    } catch (const std::exception& thrown) {
      reader.fail(std::string("msgpack-c: ") + thrown.what());
    }
  }

  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("msgpack ").append(type_name<T>());
  }
};

}  // namespace troupe::wire
