// account_keeper PATH send: stores 1,000 deposits, 1 to 1,000, in the durable mailbox of an account
// that handles none, and says "sent".
//
// account_keeper PATH keep BEFORE AFTER: a life of the account. Says what it does, a line at once
// each:
//
//   kept N            the event of deposit N is on storage
//   counts C S T      C deposits have counted, their sum is S, and the one that counted most often
//                     did T times; nothing waits any more
//
// It kills itself before it stores the event of deposit BEFORE, and after it has that of deposit
// AFTER, where that is not 0.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <troupe/persistence/persistent_actor.hpp>
#include <troupe/persistence/sqlite_storage.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace {

using namespace std::chrono_literals;
constexpr int deposits = 1'000;

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

struct Deposit {
  static constexpr std::string_view wire_name = "keeper.Deposit";
  int number = 0;
};
struct Count {
  static constexpr std::string_view wire_name = "keeper.Count";
  using Reply = std::string;
};
struct Deposited {
  static constexpr std::string_view wire_name = "keeper.Deposited";
  int number = 0;
};
struct Account {
  static constexpr std::string_view wire_name = "keeper.Account";
  std::vector<int> times = std::vector<int>(deposits + 1);
  void apply(const Deposited& event) { ++times.at(static_cast<std::size_t>(event.number)); }
};

class Keeper : public troupe::Persistent<Account, Deposited> {
 public:
  using Protocol = troupe::Accepts<Deposit, Count>;
  Keeper(int before, int after)
      : Persistent("account", {.snapshot_every = 64}), before_(before), after_(after) {}

  troupe::Task<> on(Deposit deposit) {
    if (deposit.number == before_) std::raise(SIGKILL);
    co_await persist<Deposited>({deposit.number});
    if (deposit.number == after_) std::raise(SIGKILL);
    say("kept " + std::to_string(deposit.number));
  }
  std::string on(Count) const {
    long sum = 0;
    int count = 0;
    for (std::size_t number = 0; number < state().times.size(); ++number) {
      sum += static_cast<long>(number) * state().times[number];
      count += state().times[number];
    }
    return std::to_string(count) + " " + std::to_string(sum) + " " +
           std::to_string(*std::ranges::max_element(state().times));
  }

 private:
  const int before_;
  const int after_;
};

/// Takes messages and never comes to the end of the first one.
class Box : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Deposit>;
  troupe::Task<> on(Deposit) { co_await sleep(troupe::Duration::max()); }
};

struct Begin {};

class Customer : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Begin>;
  explicit Customer(troupe::RefTo<Box> box) : box_(box) {}
  troupe::Task<> on(Begin) {
    for (int number = 1; number <= deposits; ++number) {
      const auto sent = co_await send<Deposit>(box_, {number});
      if (!sent.ok()) co_return say("failed " + sent.error().to_string());
    }
    say("sent");
  }

 private:
  troupe::RefTo<Box> box_;
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
  troupe::Node node({.name = "bank", .listen = "", .storage = std::move(*storage)},
                    troupe::real_platform(troupe::LogLevel::warn));
  const auto mailbox = troupe::with(troupe::durable_mailbox("deposits"));
  if (std::string(arguments[2]) == "send") {
    const auto box = node.spawn<Box>("box", mailbox);
    const auto customer = node.spawn<Customer>("customer", box);
    customer.tell(Begin{});
    node.drain(customer);
    static_cast<void>(node.stopped(customer).get());
  } else {
    const auto keeper =
        node.spawn<Keeper>("keeper", mailbox, std::atoi(arguments[3]), std::atoi(arguments[4]));
    const auto counts = keeper.ask(Count{}, 50s).get();  // Behind all that is stored.
    say(counts.ok() ? "counts " + *counts : "failed " + counts.error().to_string());
  }
  return node.shutdown().complete() ? 0 : 1;
}
