#include <gtest/gtest.h>
#include <troupe/base/random.hpp>
#include <troupe/transport/frame/system_payload.hpp>

namespace {

using namespace std::chrono_literals;
using namespace troupe;
using namespace troupe::transport;
using namespace troupe::runtime;

constexpr Position position{3, {.ordinary = 40, .large = 5}};

std::vector<SystemPayload> of_every_kind() {
  return {
      {WatchActor{1, 77, {}}},
      {WatchActor{2, 0, "/user/account"}},
      {UnwatchActor{1}},
      {ActorEnded{1, StopReason::killed, "/user/account"}, position},
      {RemoteSignal(OrderEnd{77, {}, OrderEnd::How::drain}), position},
      {RemoteSignal(OrderEnd{0, "/user/account", OrderEnd::How::kill})},
      {RemoteSignal(SpawnChild{5, "worker", {std::byte{0x90}}})},
      {RemoteSignal(ChildPlaced{5, 6, "/remote/worker"})},
      {RemoteSignal(ChildNotPlaced{
          5, Error(ErrorCode::no_such_actor, "no \"worker\" here", Execution::not_executed)})},
      {RemoteSignal(RemoteChildFailed{5,
                                      Error(ErrorCode::handler_failed, "std::logic_error: x"),
                                      {"St11logic_error", "St9exception"}})},
      {RemoteSignal(SuperviseChild{6, {Directive::restart, 250ms}})},
      {RemoteSignal(ChildEnded{5, StopReason::failed}), position},
  };
}

TEST(SystemPayload, BringsBackEveryKind) {
  for (const SystemPayload& payload : of_every_kind()) {
    const auto bytes = encode_system(payload);
    const auto read = decode_system(bytes);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->what.index(), payload.what.index());
    EXPECT_EQ(read->position, payload.position);
    EXPECT_EQ(encode_system(*read), bytes);
  }
}

TEST(SystemPayload, KeepsWhatItSays) {
  const auto failed = decode_system(encode_system(of_every_kind()[9]));
  ASSERT_TRUE(failed.has_value());
  const auto& signal = std::get<RemoteChildFailed>(std::get<RemoteSignal>(failed->what));
  EXPECT_EQ(signal.parent, 5U);
  EXPECT_EQ(signal.error.context(), "std::logic_error: x");
  EXPECT_EQ(signal.exception_types, (std::vector<std::string>{"St11logic_error", "St9exception"}));
  const auto order = decode_system(encode_system(of_every_kind()[10]));
  ASSERT_TRUE(order.has_value());
  EXPECT_EQ(std::get<SuperviseChild>(std::get<RemoteSignal>(order->what)).decision.pause, 250ms);
}

TEST(SystemPayload, IsCutWhereOnlyPeopleReadWhatIsCut) {
  const std::string text(100'000, 'x');
  const std::vector<SystemPayload> long_ones = {
      {ActorEnded{1, StopReason::killed, text}, position},
      {RemoteSignal(ChildPlaced{5, 6, text})},
      {RemoteSignal(ChildNotPlaced{5, Error(ErrorCode::start_failed, text)})},
      {RemoteSignal(RemoteChildFailed{5, Error(ErrorCode::handler_failed, text), {"a", text}})},
  };
  for (const SystemPayload& payload : long_ones) {
    for (const std::size_t room : {100U, 1'000U, 50'000U}) {
      const auto bytes = encode_system_within(room, payload);
      EXPECT_LE(bytes.size(), room);
      const auto read = decode_system(bytes);
      ASSERT_TRUE(read.has_value());
      EXPECT_EQ(read->what.index(), payload.what.index());
      EXPECT_EQ(read->position, payload.position);
    }
    EXPECT_EQ(encode_system_within(1'000'000, payload), encode_system(payload));
  }
}

TEST(SystemPayload, IsNotCutWhereThatWouldChangeWhatItSays) {
  const std::string text(100'000, 'x');
  EXPECT_GT(encode_system_within(1'000, {WatchActor{2, 0, text}}).size(), 1'000U);
  EXPECT_GT(encode_system_within(1'000,
                                 {RemoteSignal(SpawnChild{5, "a", std::vector<std::byte>(10'000)})})
                .size(),
            1'000U);
}

TEST(SystemPayload, CutOrChangedBytesEndInAMessageOrARefusal) {
  Random random(5);
  for (const SystemPayload& payload : of_every_kind()) {
    const auto bytes = encode_system(payload);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::vector<std::byte> cut(bytes.begin(),
                                       bytes.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_FALSE(decode_system(cut).has_value());
    }
    for (int round = 0; round < 10'000; ++round) {
      auto changed = bytes;
      changed[random.below(changed.size())] = static_cast<std::byte>(random.below(256));
      static_cast<void>(decode_system(changed));
    }
  }
}

}  // namespace
