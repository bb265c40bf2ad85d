// By what two descriptions of a type differ, where that keeps one node from reading the other's
// messages. Pure: text in, words out. The grammar is that of schema.hpp.
//
//   here \ there        equal   more fields at the end   fewer at its end   anything else
//   struct              none    none                     none               the first such field
//   all other types     none    .                        .                  the type
//
// Structs inside others are compared in the same way. A field that has another name is another
// field, unless a compiler did not tell one of the names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace troupe::wire {

/// Words that name the type and the field, for example "field 2 of bank::Deposit is `amount: int64`
/// here and `amount: string` there"; none for descriptions whose messages read each other. What is
/// no description, or is nested deeper than messages may be, differs unless it is equal. Any
/// thread.
[[nodiscard]] std::optional<std::string> schema_difference(std::string_view here,
                                                           std::string_view there);

}  // namespace troupe::wire
