// Tests of combined futures that are parts of others, to any depth: they are completed, cancelled
// and destroyed without recursion.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <thread>
#include <troupe/troupe.hpp>
#include <utility>
#include <vector>

namespace troupe {
namespace {

constexpr int depth = 100'000;

using Combine = std::function<Future<void>(std::vector<Future<void>>)>;

std::vector<Combine> combiners() {
  return {[](std::vector<Future<void>> parts) { return all(std::move(parts)); },
          [](std::vector<Future<void>> parts) { return race(std::move(parts)); },
          [](std::vector<Future<void>> parts) { return first_success(std::move(parts)); },
          [](std::vector<Future<void>> parts) { return race(std::move(parts.front())); },
          [](std::vector<Future<void>> parts) {
            return all(std::move(parts.front())).then([](Result<std::tuple<std::monostate>> done) {
              std::move(done).value();
            });
          }};
}

/// One in another, and so on.
Future<void> nested(Future<void> innermost, const Combine& combine) {
  Future<void> whole = std::move(innermost);
  for (int i = 0; i < depth; ++i) {
    std::vector<Future<void>> parts;
    parts.push_back(std::move(whole));
    whole = combine(std::move(parts));
  }
  return whole;
}

TEST(NestedCombinators, AreDoneWhenTheInnermostPartIs) {
  for (const Combine& combine : combiners()) {
    Promise<void> promise;
    Future<void> whole = nested(promise.future(), combine);
    EXPECT_FALSE(whole.is_ready());

    promise.set({});

    EXPECT_TRUE(whole.get().ok());
  }
}

TEST(NestedCombinators, FailWhenTheInnermostPartDoes) {
  int at = 0;
  for (const Combine& combine : combiners()) {
    if (++at == 5) break;  // Its words would grow with each throw.
    Promise<void> promise;
    Future<void> whole = nested(promise.future(), combine);

    promise.fail(Error(ErrorCode::timeout, "too late"));

    const auto result = whole.get();
    EXPECT_EQ(result.error().code(), ErrorCode::timeout);
    EXPECT_LT(result.error().context().size(), 100U);
  }
}

TEST(NestedCombinators, OfAFutureThatIsDoneAreDone) {
  for (const Combine& combine : combiners()) {
    EXPECT_TRUE(nested(Future<void>::ready({}), combine).get().ok());
  }
}

TEST(NestedCombinators, ThatNobodyWantsAreDestroyed) {
  for (const Combine& combine : combiners()) {
    Promise<void> promise;
    static_cast<void>(nested(promise.future(), combine));
    promise.set({});
  }
}

TEST(NestedCombinators, AreCancelledDownToTheInnermostPart) {
  int at = 0;
  for (const Combine& combine : combiners()) {
    if (++at == 5) break;  // A then() keeps what it waits for.
    Promise<void> promise;
    Future<void> innermost = promise.future();
    bool cancelled = false;
    Future<void> seen = innermost.then([&cancelled](Result<void> done) {
      cancelled = !done.ok() && done.error().code() == ErrorCode::cancelled;
    });
    std::vector<Future<void>> parts;
    parts.push_back(std::move(seen));
    Future<void> whole = nested(all(std::move(parts)), combine);

    whole.cancel();

    EXPECT_EQ(whole.get().error().code(), ErrorCode::cancelled);
    promise.set({});
    EXPECT_FALSE(cancelled);
  }
}

TEST(NestedCombinators, EndTheOtherPartsOfEveryDepthBeforeTheResultIsSeen) {
  std::vector<Promise<int>> promises(3);
  std::vector<Future<int>> inner;
  inner.push_back(promises[0].future());
  std::vector<Future<int>> middle;
  middle.push_back(race(std::move(inner)));
  middle.push_back(promises[1].future());
  auto whole = race(first_success(std::move(middle)), promises[2].future());

  promises[2].set(3);

  EXPECT_EQ(whole.get().value(), 3);
  promises[0].set(1);
  promises[1].set(2);
}

/// Tells when it is destroyed.
struct Counted {
  explicit Counted(int* count) : alive(count) { ++*alive; }
  Counted(const Counted& other) : alive(other.alive) { ++*alive; }
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --*alive; }
  int* alive;
};

TEST(NestedCombinators, LeaveNoResultBehind) {
  int alive = 0;
  {
    Promise<std::shared_ptr<Counted>> promise;
    Future<std::shared_ptr<Counted>> whole = promise.future();
    for (int i = 0; i < 1'000; ++i) whole = race(std::move(whole));
    promise.set(std::make_shared<Counted>(&alive));
    EXPECT_EQ(alive, 1);
    EXPECT_NE(whole.get().value(), nullptr);
  }
  EXPECT_EQ(alive, 0);
}

TEST(NestedCombinators, CompletedAndCancelledByThreadsEndOnce) {
  for (int round = 0; round < 300; ++round) {
    std::vector<Promise<void>> promises(8);
    std::vector<Future<void>> level;
    for (auto& promise : promises) level.push_back(promise.future());
    while (level.size() > 1) {
      std::vector<Future<void>> next;
      for (std::size_t i = 0; i + 1 < level.size(); i += 2) {
        std::vector<Future<void>> pair;
        pair.push_back(std::move(level[i]));
        pair.push_back(std::move(level[i + 1]));
        next.push_back(all(std::move(pair)));
      }
      level = std::move(next);
    }
    Future<void> whole = std::move(level.front());
    std::thread completer([&] {
      for (auto& promise : promises) promise.set({});
    });
    std::thread canceller([&] { whole.cancel(); });
    const auto result = whole.get();
    EXPECT_TRUE(result.ok() || result.error().code() == ErrorCode::cancelled);
    completer.join();
    canceller.join();
  }
}

}  // namespace
}  // namespace troupe
