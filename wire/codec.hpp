// Messages to msgpack bytes and back: encode() and decode() for every type that has a codec.
//
// Built in are numbers, enums, strings, bytes, durations, the collections and vocabulary types of
// std, and plain structs of these. Types with MSGPACK_DEFINE need <troupe/wire/msgpack.hpp>; for
// any other type Codec is specialised (customisation.hpp).
#pragma once

#include <span>
#include <string>
#include <troupe/base/result.hpp>
#include <troupe/wire/collection_codecs.hpp>
#include <troupe/wire/composite_codecs.hpp>
#include <troupe/wire/customisation.hpp>
#include <troupe/wire/scalar_codecs.hpp>
#include <troupe/wire/serialisable.hpp>

namespace troupe::wire {

/// Appends `value` as one msgpack value. Does not compile, and says which field is to blame, unless
/// T is Serialisable. Any thread.
template <class T>
void encode(Writer& writer, const T& value) {
  if constexpr (Serialisable<T>) {
    Codec<T>::encode(writer, value);
  } else {
    require_serialisable<T>();
  }
}

/// Reads one value into `value`, which should be newly made: fields that the bytes lack stay as
/// they are. What is wrong is told by the reader; `value` is then valid, and worth nothing.
template <class T>
void decode_into(Reader& reader, T& value) {
  if constexpr (Serialisable<T>) {
    Codec<T>::decode(reader, value);
  } else {
    require_serialisable<T>();
  }
}

/// Fails where bytes are left behind the one value.
inline void expect_end(Reader& reader) {
  if (!reader.at_end()) reader.fail(std::to_string(reader.remaining()) + " bytes too many");
}

/// The one value that all of `bytes` stand for. Any thread.
/// Errors: `malformed`, with what was found and where.
template <class T>
Result<T> decode(std::span<const std::byte> bytes, RefPort* port = nullptr) {
  Result<T> result{T{}};
  Reader reader(bytes, port);
  decode_into(reader, *result);
  expect_end(reader);
  if (!reader.ok()) result = reader.error();
  return result;
}

}  // namespace troupe::wire
