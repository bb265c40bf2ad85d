// Messages to msgpack bytes and back: encode() and decode() for every type that has a codec.
//
// Built in are numbers, enums, strings, bytes, durations, the collections and vocabulary types of
// std, and plain structs of these. Types with MSGPACK_DEFINE need <troupe/wire/msgpack.hpp>; for
// any other type Codec is specialised (customisation.hpp).
//
// Messages to other nodes are encoded and decoded without a call of yours. Of use by hand where
// the same bytes are kept in a file or sent by other means:
//
//   wire::Writer writer;
//   wire::encode(writer, order);
//   write_file(writer.bytes());
//
//   Result<Order> read = wire::decode<Order>(bytes);
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
/// T is Serialisable. What a codec of yours throws is let through; the writer then holds a part of
/// the value: see Writer::truncate(). So is the Failure, `not_serialisable`, of a value that is
/// nested deeper than nesting_depth_max. Any thread.
template <class T>
void encode(Writer& writer, const T& value) {
  if constexpr (Serialisable<T>) {
    Codec<T>::encode(writer, value);
  } else {
    require_serialisable<T>();
  }
}

/// Reads one value into `value`, which should be newly made: fields that the bytes lack stay as
/// they are. What is wrong is told by the reader; `value` is then valid, and worth nothing. Bytes
/// behind the value are left to the next call. Any thread.
template <class T>
void decode_into(Reader& reader, T& value) {
  if constexpr (Serialisable<T>) {
    Codec<T>::decode(reader, value);
  } else {
    require_serialisable<T>();
  }
}

/// Fails where bytes are left behind the one value. Does nothing to a reader that has failed.
inline void expect_end(Reader& reader) {
  if (!reader.at_end()) reader.fail(std::to_string(reader.remaining()) + " bytes too many");
}

/// The one value that all of `bytes` stand for. The result has copies: the bytes may go. Without a
/// `port` refs to actors can only be read where they are nil. Any thread.
/// Errors: `malformed`, with what was found and where: another kind of value than T wants, a number
/// out of its range, too few bytes or too many, nesting_depth_max, or more memory than
/// Reader::claim_memory() grants.
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
