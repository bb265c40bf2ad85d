// What the tests of bounded mailboxes share: messages of two sizes, an actor that keeps what it
// gets, and the fixture that bounds it.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <troupe/testkit/test_system.hpp>
#include <vector>

namespace troupe::mailbox_test {

using testkit::TestSystem;
using Numbers = std::vector<int>;

struct Put {
  int number;
};
struct Large {
  std::array<std::int64_t, 40> bytes{};
};
struct Size {
  using Reply = int;
};
struct Broken {};

class Box : public Actor {
 public:
  using Protocol = Accepts<Put, Large, Size, Broken>;
  explicit Box(Numbers* numbers) : numbers_(numbers) {}
  void on(Put put) { numbers_->push_back(put.number); }
  void on(Large) { numbers_->push_back(-1); }
  int on(Size) const { return static_cast<int>(numbers_->size()); }
  void on(Broken) { throw std::runtime_error("broken"); }

 private:
  Numbers* numbers_;
};

class BoundedMailbox : public testing::Test {
 protected:
  ActorRef<Box::Protocol> box(MailboxBound bound) {
    return system_.actors().spawn<Box>("box", with(bound), &numbers_);
  }
  [[nodiscard]] std::uint64_t full() {
    return system_.actors().dead_letters().count(ErrorCode::mailbox_full);
  }

  Numbers numbers_;
  TestSystem system_;
};

}  // namespace troupe::mailbox_test
