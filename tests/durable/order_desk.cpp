// order_desk PATH ORDERS KILL_AT: a life of an actor with a durable mailbox in a file. Says what it
// does, a line at once each:
//
//   open              the desk is there
//   stored N          order N is on storage
//   begun N           the handler of order N has begun
//   idle              nothing waits any more
//
// It sends the orders from ORDERS on, one after the other, 100 of them, or none where ORDERS is 0,
// and kills itself within the handler, after a co_await, of the order KILL_AT, where that is not 0.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <troupe/persistence/sqlite_storage.hpp>
#include <troupe/troupe.hpp>

namespace {

using namespace std::chrono_literals;

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

struct Order {
  static constexpr std::string_view wire_name = "desk.Order";
  int number = 0;
};
struct Count {
  static constexpr std::string_view wire_name = "desk.Count";
  using Reply = int;
};

class Desk : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Order, Count>;
  explicit Desk(int kill_at) : kill_at_(kill_at) {}

  troupe::Task<> on(Order order) {
    say("begun " + std::to_string(order.number));
    co_await yield();
    if (order.number == kill_at_) std::raise(SIGKILL);
    ++handled_;
  }
  int on(Count) const { return handled_; }

 private:
  const int kill_at_;
  int handled_ = 0;
};

struct Begin {
  int first = 0;
};

class Customer : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Begin>;
  explicit Customer(troupe::RefTo<Desk> desk) : desk_(desk) {}

  troupe::Task<> on(Begin begin) {
    for (int number = begin.first; number < begin.first + 100; ++number) {
      const auto sent = co_await send<Order>(desk_, {number});
      if (!sent.ok()) co_return say("failed " + sent.error().to_string());
      say("stored " + std::to_string(number));
    }
  }

 private:
  troupe::RefTo<Desk> desk_;
};

}  // namespace

int main(int /*count*/, char** arguments) {
  auto storage = troupe::persistence::SqliteStorage::open(
      {.path = arguments[1], .durability = troupe::persistence::Durability::normal},
      troupe::real_platform(troupe::LogLevel::warn));
  if (!storage.ok()) {
    say("failed " + storage.error().to_string());
    return 1;
  }
  troupe::Node node({.name = "desk", .listen = "", .storage = std::move(*storage)},
                    troupe::real_platform(troupe::LogLevel::warn));
  const auto desk = node.spawn<Desk>("desk", troupe::with(troupe::durable_mailbox("orders")),
                                     std::atoi(arguments[3]));
  say("open");
  const int first = std::atoi(arguments[2]);
  if (first != 0) {
    const auto customer = node.spawn<Customer>("customer", desk);
    customer.tell(Begin{first});
    node.drain(customer);
    static_cast<void>(node.stopped(customer).get());
  }
  // Behind all that is stored.
  if (desk.ask(Count{}, 20s).get().ok()) say("idle");
  return node.shutdown().complete() ? 0 : 1;
}
