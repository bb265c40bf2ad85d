// Tests of the watch on slow handlers. Threads and real time are the point here; each wait has a
// deadline that only a hang reaches.

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <troupe/actor/actor_system.hpp>

#include "fake_link.hpp"
#include "signal.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;

struct Dawdle {};

class Sloth : public Actor {
 public:
  using Protocol = Accepts<Dawdle>;
  explicit Sloth(Signal* release) : release_(release) {}
  void on(Dawdle) { static_cast<void>(release_->wait(20s)); }

 private:
  Signal* release_;
};

class Idler : public Actor {
 public:
  using Protocol = Accepts<Dawdle>;
  void on(Dawdle) {}
};

/// Says when a line with these words was written.
class Watchful final : public LogSink {
 public:
  explicit Watchful(std::string text) : text_(std::move(text)) {}
  void write(LogLevel, std::string_view, std::string_view text) noexcept override {
    if (text.find(text_) == std::string_view::npos) return;
    {
      const std::lock_guard lock(mutex_);
      lines_.emplace_back(text);
    }
    seen.set();
  }
  [[nodiscard]] LogLevel level() const noexcept override { return LogLevel::warn; }
  [[nodiscard]] std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

  Signal seen;

 private:
  const std::string text_;
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

TEST(ASlowHandler, IsNamedOnceInAWarningWithPathAndType) {
  Signal release;
  const auto log = std::make_shared<Watchful>("slow handler");
  Platform platform = real_platform(LogLevel::off);
  platform.log = log;
  ActorSystem system("slow", {.workers = 2, .slow_handler = 3ms}, platform);
  system.spawn<Sloth>("sloth", &release).tell(Dawdle{});

  const bool warned = log->seen.wait(20s);
  release.set();
  ASSERT_TRUE(warned);
  ASSERT_TRUE(system.shutdown().complete());

  ASSERT_EQ(log->lines().size(), 1U);
  EXPECT_NE(log->lines()[0].find("/user/sloth"), std::string::npos);
  EXPECT_NE(log->lines()[0].find("Dawdle"), std::string::npos);
}

/// Sleeps when it starts.
class LateRiser : public Actor {
 public:
  using Protocol = Accepts<Dawdle>;
  explicit LateRiser(Signal* release) : release_(release) {}
  void on_start() { static_cast<void>(release_->wait(20s)); }
  void on(Dawdle) {}

 private:
  Signal* release_;
};

TEST(ASlowHandler, MayBeAHook) {
  Signal release;
  const auto log = std::make_shared<Watchful>("slow handler");
  Platform platform = real_platform(LogLevel::off);
  platform.log = log;
  ActorSystem system("slow", {.workers = 2, .slow_handler = 3ms}, platform);
  system.spawn<LateRiser>("riser", &release);

  const bool warned = log->seen.wait(20s);
  release.set();
  ASSERT_TRUE(warned);
  ASSERT_TRUE(system.shutdown().complete());

  ASSERT_EQ(log->lines().size(), 1U);
  EXPECT_NE(log->lines()[0].find("/user/riser has been busy with a hook"), std::string::npos);
}

constexpr Duration a_moment = 1ms;

/// Is slow once it goes on.
class LateTask : public Actor {
 public:
  using Protocol = Accepts<Dawdle>;
  explicit LateTask(Signal* release) : release_(release) {}
  Task<> on_start() {
    co_await sleep(a_moment);
    static_cast<void>(release_->wait(20s));
  }
  void on(Dawdle) {}

 private:
  Signal* release_;
};

TEST(ASlowHandler, MayBeAnOnStartThatGoesOnAsATask) {
  Signal release;
  const auto log = std::make_shared<Watchful>("slow handler");
  Platform platform = real_platform(LogLevel::off);
  platform.log = log;
  ActorSystem system("slow", {.workers = 2, .slow_handler = 3ms}, platform);
  system.spawn<LateTask>("riser", &release);

  const bool warned = log->seen.wait(20s);
  release.set();
  ASSERT_TRUE(warned);
  ASSERT_TRUE(system.shutdown().complete());

  EXPECT_NE(log->lines()[0].find("/user/riser has been busy with a hook"), std::string::npos);
}

TEST(ASlowHandler, OfAMessageFromAnotherNodeIsNamedWithItsType) {
  Signal release;
  const auto log = std::make_shared<Watchful>("slow handler");
  Platform platform = real_platform(LogLevel::off);
  platform.log = log;
  ActorSystem system("slow", {.workers = 2, .slow_handler = 3ms}, platform);
  FakeLink link(system);
  const AnyRef sloth = system.spawn<Sloth>("sloth", &release);
  const std::array bytes{std::byte{0x90}};
  runtime::deliver(sloth.cell(), runtime::make_encoded(runtime::Kind::encoded, sloth.id(), nullptr,
                                                       {wire::type_key<Dawdle>, bytes, &link, {}}));

  const bool warned = log->seen.wait(20s);
  release.set();
  ASSERT_TRUE(warned);

  EXPECT_NE(log->lines()[0].find("Dawdle"), std::string::npos);
}

TEST(ASlowHandler, IsNeverTheRuntimesOwnWork) {
  const auto log = std::make_shared<Watchful>("slow handler");
  Platform platform = real_platform(LogLevel::off);
  platform.log = log;
  ActorSystem system("slow", {.workers = 2, .slow_handler = 1ns}, platform);
  for (int i = 0; i < 50'000; ++i) system.spawn<Idler>();

  ASSERT_TRUE(system.shutdown().complete());  // The guardian stops them all in one turn.

  // A hook of one of them may well take a nanosecond; nothing else is watched.
  for (const std::string& line : log->lines()) {
    EXPECT_NE(line.find("slow handler: /user/$"), std::string::npos) << line;
    EXPECT_NE(line.find(" has been busy with a hook of its life for "), std::string::npos) << line;
  }
}

TEST(ASlowHandler, OfABlockingActorIsNotNamed) {
  Signal release;
  const auto log = std::make_shared<Watchful>("slow handler");
  Platform platform = real_platform(LogLevel::off);
  platform.log = log;
  ActorSystem system("slow", {.workers = 2, .slow_handler = 3ms}, platform);
  system.spawn<Sloth>("sloth", with(blocking()), &release).tell(Dawdle{});

  EXPECT_FALSE(log->seen.wait(100ms));
  release.set();
}

}  // namespace
}  // namespace troupe
