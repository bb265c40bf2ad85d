// expect: CannotSerialise<Shelf,.*"guard".*, std::mutex
// expect: this type cannot be serialised
#include <mutex>
#include <string>
#include <troupe/wire/codec.hpp>

struct Shelf {
  std::string label;
#ifdef FIXED
  bool guard;
#else
  std::mutex guard;
#endif
};

struct Store {
  int id;
  Shelf shelf;
};

int main() { troupe::wire::require_serialisable<Store>(); }
