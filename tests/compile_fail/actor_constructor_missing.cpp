// first: no public constructor for the arguments
// lines: 15
// expect: no public constructor for the arguments
#include <string>
#include <troupe/troupe.hpp>

struct Put {
  std::string text;
};

class Store : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Put>;
  Store(std::string name, int size) : name_(std::move(name)), size_(size) {}
  void on(const Put& /*put*/) {}

 private:
  std::string name_;
  int size_;
};

int main() {
  troupe::ActorSystem system("shop");
#ifdef FIXED
  system.spawn<Store>("store", "north", 5);
#else
  system.spawn<Store>("store", "north");
#endif
}
