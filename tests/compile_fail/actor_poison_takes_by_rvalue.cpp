// A message that on_poison() may want again is not moved away by its handler.
// expect: where the actor has on_poison\(\), its handlers take messages by value or const&
#include <troupe/troupe.hpp>

struct Note {
  std::string text;
};

class Reader : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Note>;
  troupe::Poison on_poison(const troupe::Error&) override { return troupe::Poison::retry; }
#ifdef FIXED
  void on(const Note&) {}
#else
  void on(Note&&) {}
#endif
};

void misuse(troupe::ActorSystem& system) { system.spawn<Reader>("reader"); }
