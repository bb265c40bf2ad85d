// An answer has to be a value that other nodes can read.
// first: a pointer or reference cannot be serialised
// lines: 15
// expect: a pointer or reference cannot be serialised
// expect: CannotSerialise<Found,.*"text".*, const char ?\*
#include <string>
#include <troupe/troupe.hpp>

struct Found {
#ifdef FIXED
  std::string text;
#else
  const char* text = nullptr;
#endif
};
struct Find {
  using Reply = Found;
};

class Finder : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Find>;
  Found on(Find) { return {"found"}; }
};

void misuse(troupe::ActorSystem& system) { system.spawn<Finder>("finder"); }
