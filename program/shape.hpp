// Shape: the description of a message type, in the grammar of wire/schema.hpp, as a tree, so that
// values of the type can be read and written by who was not compiled with it. Pure.
//
// A type that contains itself is given by its name inside; shape_of() finds the shape around that
// has it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/base/result.hpp>
#include <vector>

namespace troupe::program {

struct Shape {
  enum class Kind : std::uint8_t {
    truth,
    integer,  ///< `bits`, `is_signed`; of an enum too, with its name.
    real,     ///< `bits`: 32 or 64.
    text,
    bytes,  ///< Of exactly `size`, where that is not 0.
    nil,
    ref,        ///< To an actor.
    list,       ///< parts[0]; of exactly `size`, where `has_size`.
    map,        ///< From parts[0] to parts[1].
    tuple,      ///< Of exactly the parts.
    optional,   ///< Of parts[0].
    variant,    ///< One of the parts.
    wrapped,    ///< parts[0], with a meaning that `name` tells: a duration, a point of time.
    structure,  ///< The parts, whose names are in `fields`.
    recursion,  ///< A structure around it that has the same name.
    opaque,     ///< Whatever the codec of `name` writes.
  };

  Kind kind = Kind::opaque;
  std::string name;  ///< As the description has it.
  std::vector<Shape> parts;
  std::vector<std::string> fields;
  unsigned bits = 0;
  bool is_signed = false;
  bool has_size = false;
  std::size_t size = 0;
};

/// Of a description that another node has told. Errors: `malformed` for one that is nested more
/// deeply than messages may be. What is not understood is opaque.
[[nodiscard]] Result<Shape> shape_of(std::string_view description);

/// In a few words for an error: "int32 (-2147483648 to 2147483647)", "a list of text".
[[nodiscard]] std::string name_of(const Shape& shape);

/// Of an integer.
struct IntegerRange {
  std::int64_t min = 0;
  std::uint64_t max = 0;
};
[[nodiscard]] IntegerRange range_of(const Shape& shape) noexcept;

}  // namespace troupe::program
