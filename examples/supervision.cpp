// Supervision: a manager decides what becomes of its worker, and watches it.
#include <iostream>
#include <stdexcept>
#include <string>
#include <troupe/troupe.hpp>

using namespace std::chrono_literals;

struct BadOrder : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Assign {
  using Reply = int;  ///< How many orders the worker has done since it was made.
  std::string order;
};

class Worker : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Assign>;
  int on(const Assign& assign) {
    if (assign.order.empty()) throw BadOrder("an order needs a text");
    if (assign.order == "break") throw std::logic_error("the worker broke");
    return ++done_;
  }

 private:
  int done_ = 0;
};

class Manager : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Assign>;
  Manager() : worker_(spawn<Worker>("worker")) { watch(worker_); }

  troupe::SupervisorStrategy supervision() const override {
    return troupe::one_for_one({.restarts = 3, .within = 60s})
        .on<BadOrder>(troupe::Directive::resume);
  }
  auto on(Assign assign) { return forward(worker_, assign); }
  void on(troupe::Terminated gone) { log().warn("{} ended: {}", gone.path, gone.reason); }

 private:
  troupe::RefTo<Worker> worker_;
};

int main() {
  troupe::ActorSystem system("works");
  auto manager = system.spawn<Manager>("manager");
  for (const char* order : {"one", "", "two", "break", "three"}) {
    const troupe::Result<int> done = manager.ask(Assign{order}).get();
    std::cout << "\"" << order
              << "\": " << (done ? std::to_string(*done) + " done" : done.error().to_string())
              << "\n";
  }
}
