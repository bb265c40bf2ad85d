// A request has to be a value that other nodes can read.
// expect: a pointer or reference cannot be serialised
// expect: CannotSerialise<Find,.*"text".*, const char ?\*
#include <string>
#include <troupe/troupe.hpp>

struct Find {
  using Reply = int;
#ifdef FIXED
  std::string text;
#else
  const char* text;
#endif
};

void misuse(troupe::AnyRef ref) { static_cast<void>(ref.ask(Find{"hello"}).get()); }
