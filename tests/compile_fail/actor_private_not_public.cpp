// A Protocol of private messages that the library cannot see would make dead letters of them.
// expect: has to be public, like Protocol
#include <troupe/troupe.hpp>

struct Begin {};
struct Tick {};

class Clock : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Begin>;
  void on(Begin) {}
  void on(Tick) {}
#ifndef FIXED
 private:
#endif
  using Private = troupe::Accepts<Tick>;
};

int main() {
  troupe::ActorSystem system("shop");
  system.spawn<Clock>("clock");
}
