// Tests of whose the functions given to then() are: nobody's, whoever brings the result.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;

struct Question {
  using Reply = int;
};
struct Leave {};
struct Secret {};
struct Note {};

/// Answers, and takes secrets from itself alone.
class Vault : public Actor {
 public:
  using Protocol = Accepts<Question, Leave>;
  using Private = Accepts<Secret>;
  explicit Vault(AnyRef listener) : listener_(listener) {}
  int on(Question) { return 1; }
  void on(Leave) {
    left = Future<int>::ready(1).then([vault = AnyRef(self()), listener = listener_](Result<int>) {
      vault.tell(Secret{});
      listener.tell(Note{});
      return 1;
    });
    listener_.tell(Note{});
  }
  void on(Secret) { ++secrets; }

  static inline int secrets = 0;
  static inline std::optional<Future<int>> left;

 private:
  AnyRef listener_;
};

struct AFunctionGivenToThen : testing::Test {
  AFunctionGivenToThen() { Vault::secrets = 0; }
  ~AFunctionGivenToThen() override { Vault::left.reset(); }

  /// Tells a secret to the vault, and a note to the listener.
  auto speak() {
    return [this](const Result<int>&) {
      AnyRef(vault).tell(Secret{});
      listener.any_ref().tell(Note{});
      return 1;
    };
  }
  void expect_nobody() {
    listener.expect<Note>();
    EXPECT_EQ(listener.last_sender(), AnyRef());
    system.run();
    EXPECT_EQ(Vault::secrets, 0);
    EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::unknown_type), 1U);
    const SystemCounts counts = system.actors().counts();
    EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
  }

  TestSystem system;
  Probe listener{system, "listener"};
  ActorRef<Vault::Protocol> vault = system.spawn<Vault>("vault", listener.any_ref());
};

TEST_F(AFunctionGivenToThen, IsNotTheActorsThatBringsTheResult) {
  const auto done = vault.ask(Question{}).then(speak());
  expect_nobody();
}

TEST_F(AFunctionGivenToThen, IsNobodysAfterATimeOut) {
  Probe silent(system);
  const auto done = silent.ref<Vault>().ask(Question{}, 1s).then(speak());
  system.run_for(2s);
  expect_nobody();
}

TEST_F(AFunctionGivenToThen, IsNotTheActorsThatGivesItWhereTheResultIsThere) {
  vault.tell(Leave{});
  expect_nobody();

  listener.expect<Note>();
  EXPECT_EQ(listener.last_sender(), AnyRef(vault)) << "what the handler tells next is its actor's";
}

}  // namespace
}  // namespace troupe
