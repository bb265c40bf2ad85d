// The nearest right name to one that is wrong, for "did you mean". Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace troupe::program {

/// Changes of one character, an exchange of two neighbours among them, from one name to the other
/// (Damerau, 1964, as optimal string alignment). Takes time in proportion to both lengths.
[[nodiscard]] std::size_t distance(std::string_view a, std::string_view b);

/// The one of `names` that is nearest to `wrong`; empty where none is near: more than a third of
/// its characters would have to change. Of names of more than 100 characters none is.
[[nodiscard]] std::string_view nearest_name(std::string_view wrong,
                                            const std::vector<std::string>& names);

/// "; did you mean NAME?", or nothing where none is near.
[[nodiscard]] std::string did_you_mean(std::string_view wrong,
                                       const std::vector<std::string>& names);

}  // namespace troupe::program
