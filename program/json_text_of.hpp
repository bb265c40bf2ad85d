// json_text_of(): what a command prints with --json.
#pragma once

#include <string>
#include <troupe/program/json_decoding.hpp>
#include <troupe/program/shape.hpp>
#include <troupe/wire/codec.hpp>
#include <troupe/wire/schema.hpp>
#include <troupe/wire/writer.hpp>

namespace troupe::program {

/// A value that could be a message, as the answer of `ask` is printed. Any thread.
template <class Value>
[[nodiscard]] std::string json_text_of(const Value& value) {
  wire::Writer writer;
  wire::encode(writer, value);
  return decode_to_json(writer.bytes(), shape_of(wire::describe<Value>()).value()).value();
}

}  // namespace troupe::program
