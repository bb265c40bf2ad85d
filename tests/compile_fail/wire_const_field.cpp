// expect: a const field cannot be decoded: remove the const
// expect: CannotSerialise<Limit,.*"most".*, const int
#include <troupe/wire/codec.hpp>

struct Limit {
#ifdef FIXED
  int most = 5;
#else
  const int most = 5;
#endif
};

int main() { troupe::wire::require_serialisable<Limit>(); }
