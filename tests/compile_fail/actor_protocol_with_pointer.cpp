// The messages of a Protocol are values that other nodes can read.
// first: a pointer or reference cannot be serialised
// lines: 15
// expect: a pointer or reference cannot be serialised
// expect: CannotSerialise<Note,.*"text".*, const char ?\*
#include <string>
#include <troupe/troupe.hpp>

struct Note {
#ifdef FIXED
  std::string text;
#else
  const char* text;
#endif
};

class Reader : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Note>;
  void on(const Note&) {}
};

void misuse(troupe::ActorSystem& system) { system.spawn<Reader>("reader"); }
