// first: a pointer or reference cannot be serialised
// lines: 15
// expect: CannotSerialise<Inner,.*"pointer".*, int ?\*
#include <troupe/troupe.hpp>
#include <vector>

struct Inner {
#ifdef FIXED
  int number;
#else
  int* pointer;
#endif
};
struct Outer {
  std::vector<Inner> inners;
};
struct Put {
  std::string text;
  Outer outer;
};

class Store : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Put>;
  void on(const Put& /*put*/) {}
};

int main() {
  troupe::ActorSystem system("shop");
  system.spawn<Store>("store");
}
