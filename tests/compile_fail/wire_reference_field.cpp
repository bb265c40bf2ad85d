// expect: fields that are values, not references
// expect: CannotSerialise<Update,
#include <troupe/wire/codec.hpp>

struct Update {
#ifdef FIXED
  int target;
#else
  int& target;
#endif
};

int main() { troupe::wire::require_serialisable<Update>(); }
