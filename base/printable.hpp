// Text from others, as it may stand in a log or an error: nothing in it ends a line, moves a cursor
// or is no text at all.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace troupe {

/// How much of a text others may have written into one error or log line, where nothing else is
/// said.
inline constexpr std::size_t foreign_text_max = 500;

/// `text` with control characters, and bytes that are no UTF-8, as "\xNN"; of what is then longer
/// than `bytes_max`, at least 3, the beginning and "...". Text that is printable and short stays as
/// it is, so that nothing is escaped twice. Any thread.
///
///   printable("a\nb") == "a\\x0ab";  printable("0123456789", 8) == "01234...";
[[nodiscard]] std::string printable(std::string_view text,
                                    std::size_t bytes_max = foreign_text_max);

}  // namespace troupe
