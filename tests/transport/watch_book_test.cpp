#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/transport/outgoing/watch_book.hpp>

namespace troupe::transport {
namespace {

/// Counts who keeps it from being forgotten.
class Target final : public RemoteTarget {
 public:
  [[nodiscard]] std::optional<ErrorCode> tell(RemoteId /*actor*/, runtime::ActorId /*sender*/,
                                              const runtime::MessageType& /*type*/,
                                              const void* /*message*/) noexcept override {
    return ErrorCode::shutdown;
  }
  [[nodiscard]] std::optional<ErrorCode> ask(RemoteId /*actor*/,
                                             runtime::Envelope* /*request*/) noexcept override {
    return ErrorCode::shutdown;
  }
  void hold() noexcept override { ++holds; }
  void let_go() noexcept override { fewest = std::min(fewest, --holds); }
  [[nodiscard]] std::string path(RemoteId /*actor*/) const override { return {}; }
  [[nodiscard]] runtime::SystemAnchor* anchor(RemoteId /*actor*/) const noexcept override {
    return nullptr;
  }

  int holds = 0;
  int fewest = 100;  ///< Of all that were left when one let go.
};

class Watches : public testing::Test {
 protected:
  Target target;
  WatchBook book;
  WatchBook other{100};
  const Watch watch{AnyRef(static_cast<RemoteTarget*>(&target), 7), 1};
  const Watch another{AnyRef(static_cast<RemoteTarget*>(&target), 7), 2};
};

TEST_F(Watches, KeepWhatIsWatchedFromBeingForgotten) {
  EXPECT_EQ(book.add(watch), 1U);
  EXPECT_EQ(book.add(another), 2U);
  EXPECT_EQ(book.add(watch), 0U);
  EXPECT_EQ(target.holds, 2);

  EXPECT_EQ(book.remove(watch), 1U);
  EXPECT_EQ(book.take(2), another);
  EXPECT_EQ(target.holds, 0);
}

TEST_F(Watches, ThatMoveToAnotherBookNeverLetGo) {
  const std::uint64_t key = other.add(watch);

  EXPECT_EQ(book.adopt(other, key), 1U);
  EXPECT_EQ(target.holds, 1);
  EXPECT_EQ(target.fewest, 1);
  EXPECT_EQ(other.size(), 0U);
  EXPECT_EQ(book.adopt(other, key), 0U);
  EXPECT_EQ(book.take(1), watch);
}

TEST_F(Watches, ThatAreEnteredAlreadyMoveNowhereAndAreHeldOnce) {
  const std::uint64_t key = other.add(watch);
  EXPECT_EQ(book.add(watch), 1U);

  EXPECT_EQ(book.adopt(other, key), 0U);
  EXPECT_EQ(target.holds, 1);
  EXPECT_EQ(other.size(), 0U);
  EXPECT_EQ(book.size(), 1U);
}

}  // namespace
}  // namespace troupe::transport
