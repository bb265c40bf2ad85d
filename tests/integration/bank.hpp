// The actor that the tests across nodes talk to. In a header, because the programs that they start
// have to agree with them on it.
#pragma once

#include <stdexcept>
#include <string>
#include <troupe/troupe.hpp>
#include <vector>

namespace bank {

struct Deposit {
  int cents;
};
struct Balance {
  using Reply = int;
};
/// Never answered.
struct Audit {
  using Reply = int;
};
/// Fails.
struct Overdraw {
  using Reply = int;
};
struct WhoAreYou {
  using Reply = troupe::AnyRef;
};

class Account : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Deposit, Balance, Audit, Overdraw, WhoAreYou>;

  void on(Deposit deposit) { cents_ += deposit.cents; }
  int on(Balance) const { return cents_; }
  troupe::Later<int> on(Audit) {
    auto [reply, later] = defer<int>();
    audits_.push_back(std::move(reply));
    return later;
  }
  int on(Overdraw) { throw std::invalid_argument("the balance is 0"); }
  troupe::AnyRef on(WhoAreYou) { return self(); }

 private:
  int cents_ = 0;
  std::vector<troupe::ReplyTo<int>> audits_;
};

}  // namespace bank
