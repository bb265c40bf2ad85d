// expect: a view cannot be serialised: .*would dangle; use std::string
// expect: CannotSerialise<Rename,.*"name".*, std::basic_string_view<char>
#include <string>
#include <string_view>
#include <troupe/wire/codec.hpp>

struct Rename {
#ifdef FIXED
  std::string name;
#else
  std::string_view name;
#endif
};

int main() { troupe::wire::require_serialisable<Rename>(); }
