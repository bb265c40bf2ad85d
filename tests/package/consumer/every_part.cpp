// A little of everything that a user's code and the library hand each other, on several threads:
// built with a sanitizer, against a library that is built without, it has nothing to report.
#include <iostream>
#include <string>
#include <thread>
#include <troupe/troupe.hpp>
#include <vector>

using namespace std::chrono_literals;

struct Order {
  using Reply = std::string;
  std::string item;
  std::string note;
};
struct Entry {
  std::string text;
};
struct Total {
  using Reply = std::size_t;
};

class Store : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Order, Entry, Total>;
  std::string on(const Order& order) { return order.item + order.note; }
  void on(const Entry& entry) { entries_.push_back(entry.text); }
  std::size_t on(Total) const { return entries_.size(); }

 private:
  std::vector<std::string> entries_;
};

constexpr auto moment = 1ms;

struct Tick {};
struct Ticks {
  using Reply = int;
};

/// Waits in a coroutine, has a timer, a child that it watches, and frames that move between
/// workers.
class Buyer : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Order, Ticks>;
  using Private = troupe::Accepts<Tick>;
  explicit Buyer(troupe::AnyRef store) : store_(store) {}

  void on_start() {
    start_timer("tick", troupe::every(moment), Tick{});
    const auto child = spawn<Store>("child");
    watch(child);
    child.tell(Entry{"of the child"});
    drain(child);
  }
  void on(Tick) { ++ticks_; }
  void on(troupe::Terminated) { ++ticks_; }
  troupe::Task<std::string> on(Order order) {
    std::string all;
    for (int i = 0; i < 20; ++i) {
      const auto answer = co_await ask<Order>(store_, {order.item, order.note}, 10s);
      all += answer.value();
      co_await yield();
    }
    co_await sleep(moment);
    co_return all;
  }
  troupe::Task<int, troupe::reentrant> on(Ticks) {
    while (ticks_ < 4) co_await sleep(moment);
    co_return ticks_;
  }

 private:
  troupe::AnyRef store_;
  int ticks_ = 0;
};

bool check(bool holds, const char* what) {
  if (!holds) std::cout << "wrong: " << what << "\n";
  return holds;
}

bool in_one_process() {
  troupe::ActorSystem system("shop", {.workers = 3});
  const auto store = system.spawn<Store>("store");
  const auto pool = system.spawn("pool", troupe::pool<Store>({.routees = 3}));
  std::vector<std::thread> tellers;
  for (int teller = 0; teller < 2; ++teller) {
    tellers.emplace_back([store, pool] {
      for (int i = 0; i < 500; ++i) {
        store.tell(Entry{"a text that is too long to be inside of the string itself"});
        pool.tell(Entry{std::to_string(i)});
      }
    });
  }
  std::vector<troupe::Future<std::string>> answers;
  for (int i = 0; i < 8; ++i) {
    const auto buyer = system.spawn<Buyer>({}, troupe::AnyRef(i % 2 == 0 ? store : pool));
    answers.push_back(buyer.ask(Order{"nuts, and ", "bolts of the longer kind"}, 10s));
    if (i == 0 && !check(buyer.ask(Ticks{}, 10s).get().value() >= 4, "ticks")) return false;
  }
  const auto all = troupe::all(std::move(answers)).get();
  if (!check(all.ok() && all->size() == 8 && all->front().size() == 680, "answers")) return false;
  for (std::thread& teller : tellers) teller.join();
  if (!check(store.ask(Total{}, 10s).get().value() == 1000, "entries")) return false;
  auto length = store.ask(Order{"a", "b"}, 10s).then([](const troupe::Result<std::string>& both) {
    return both.value().size();
  });
  if (!check(length.get().value() == 2, "what then() makes")) return false;
  return check(system.shutdown().complete(), "shutdown");
}

bool between_nodes() {
  troupe::Node shop({.name = "shop", .listen = "127.0.0.1:0"});
  static_cast<void>(shop.spawn<Store>("store"));
  troupe::Node customer({.name = "customer", .listen = "127.0.0.1:0"});
  const auto store =
      customer.select<Store::Protocol>("troupe://" + shop.address().to_string() + "/user/store");
  for (int i = 0; i < 200; ++i) store.tell(Entry{std::string(100, 'x')});
  store.tell(Entry{std::string(200'000, 'x')});  // Sent from where it is.
  const auto buyer = customer.spawn<Buyer>("buyer", troupe::AnyRef(store));
  const auto answer = buyer.ask(Order{"nuts, and ", "bolts"}, 10s).get();
  return check(answer.ok() && answer->size() == 300, "the answer of the other node") &&
         check(store.ask(Total{}, 10s).get().value() == 201, "entries of the other node");
}

int main() {
  for (int round = 0; round < 3; ++round) {
    if (!in_one_process() || !between_nodes()) return 1;
  }
  std::cout << "as expected\n";
}
