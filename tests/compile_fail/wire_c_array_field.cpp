// expect: a C array cannot be serialised: use std::array
// expect: CannotSerialise<Packet,
#include <array>
#include <troupe/wire/codec.hpp>

struct Packet {
  int id;
#ifdef FIXED
  std::array<char, 16> text;
#else
  char text[16];
#endif
};

int main() { troupe::wire::require_serialisable<Packet>(); }
