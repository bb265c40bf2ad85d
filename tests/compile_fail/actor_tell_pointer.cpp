// A message has to be a value that other nodes can read, also where it is told by hand.
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

void misuse(const troupe::AnyRef& ref) { ref.tell(Note{"hello"}); }
