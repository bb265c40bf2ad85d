// Two nodes in one process, over real ZeroMQ on loopback.
#include <gtest/gtest.h>
#include <troupe/troupe.hpp>

namespace {

using namespace std::chrono_literals;
using troupe::ErrorCode;

struct Deposit {
  int cents;
};
struct Balance {
  using Reply = int;
};

class Account : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Deposit, Balance>;
  void on(Deposit deposit) { cents_ += deposit.cents; }
  int on(Balance) const { return cents_; }

 private:
  int cents_ = 0;
};

troupe::NodeSettings settings(std::string name) {
  return {.name = std::move(name), .listen = "127.0.0.1:0", .system = {.workers = 1}};
}

TEST(TwoNodes, TellAndAskByPathBothWays) {
  troupe::Node first(settings("first"));
  troupe::Node second(settings("second"));
  const auto at_first = first.spawn<Account>("account");
  const auto at_second = second.spawn<Account>("account");

  const auto there = first.select<Account::Protocol>(second.path_of(at_second));
  const auto back = second.select<Account::Protocol>(first.path_of(at_first));
  there.tell(Deposit{500});
  there.tell(Deposit{20});
  back.tell(Deposit{7});

  EXPECT_EQ(there.ask(Balance{}, 5s).get().value(), 520);
  EXPECT_EQ(back.ask(Balance{}, 5s).get().value(), 7);
}

TEST(TwoNodes, AskOfAnUnknownPathFailsWithinARoundTrip) {
  troupe::Node first(settings("first"));
  troupe::Node second(settings("second"));
  const auto nobody = first.select<Account::Protocol>("troupe://" + second.address().to_string() +
                                                      "/user/nobody");

  const auto answer = nobody.ask(Balance{}, 60s).get();

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::no_such_actor) << answer.error().to_string();
  EXPECT_TRUE(answer.error().surely_not_executed());
}

}  // namespace
