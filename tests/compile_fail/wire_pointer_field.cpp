// expect: a pointer or reference cannot be serialised
// expect: CannotSerialise<Node,.*"next".*, Node ?\*
#include <troupe/wire/codec.hpp>
#include <vector>

struct Node {
  int value;
#ifdef FIXED
  std::vector<Node> next;
#else
  Node* next;
#endif
};

int main() { troupe::wire::require_serialisable<Node>(); }
