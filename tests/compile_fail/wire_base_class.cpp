// expect: a struct with a base class cannot be serialised: make the base a field
// expect: CannotSerialise<Inner,.*"deposit".*, Deposit
#include <troupe/wire/codec.hpp>

struct Event {
  int at;
};

#ifdef FIXED
struct Deposit {
  Event event;
#else
struct Deposit : Event {
#endif
  int cents;
};

struct Inner {
  Deposit deposit;
};

int main() { troupe::wire::require_serialisable<Inner>(); }
