// Lifetimes and mailboxes are said where the actor is made; a temporary actor lives for one
// message.
#include <iostream>
#include <string>
#include <troupe/troupe.hpp>

using namespace std::chrono_literals;

struct Say {
  using Reply = std::string;
  std::string text;
};

class Session : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Say>;
  std::string on(Say say) { return path() + " heard: " + say.text; }
};

int main() {
  troupe::ActorSystem system("sessions");
  auto session =
      system.spawn<Session>("s1", troupe::with(troupe::stop_after_idle(50ms),
                                               troupe::bounded(256, troupe::Overflow::drop_new)));
  std::cout << session.ask(Say{"hello"}).get().value() << "\n";
  system.stopped(session).get().value();
  std::cout << "idle for 50 ms: " << session.ask(Say{"anybody?"}).get().error().to_string() << "\n";
  std::cout << system.ask<Session>(Say{"once"}).get().value() << "\n";
}
