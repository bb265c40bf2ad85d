// What tests of messages from another node share: messages, and an actor there that sends them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <troupe/actor/ports/encoded_message.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

#include "fake_link.hpp"

namespace troupe::remote_test {

using Words = std::vector<std::string>;

struct Word {
  std::string text;
  friend bool operator==(const Word&, const Word&) = default;
};
struct Count {
  using Reply = int;
  std::string text;
};

/// The other node's side of an ask.
class Asker final : public runtime::ReplySink {
 public:
  void complete(std::uint64_t, runtime::Envelope* reply) noexcept override {
    answers.push_back(runtime::take_reply<int>(reply));
    runtime::free_envelope(reply);
  }
  void destroy() noexcept override {}

  std::vector<Result<int>> answers;
};

struct RemoteMessage : testing::Test {
  /// Routers say to the link when they end that they watch no more.
  void TearDown() override { static_cast<void>(system.actors().shutdown()); }
  /// From the actor 9 of the other node.
  template <class M>
  void receive(AnyRef target, const M& message, const runtime::AskPart* ask = nullptr) {
    wire::Writer bytes(&link);
    wire::encode(bytes, message);
    const AnyRef sender = link.actor(9);
    runtime::deliver(
        target.cell(),
        runtime::make_encoded(
            runtime::Kind::encoded, target.id(), ask,
            {wire::type_key<M>, bytes.bytes(), &link, {sender.target(), sender.id()}}));
  }
  template <class M>
  void receive_ask(AnyRef target, const M& message) {
    asker.retain();
    const runtime::AskPart ask{&asker, 1, TimePoint::max()};
    receive(target, message, &ask);
  }
  void expect_balanced_books() {
    const SystemCounts counts = system.actors().counts();
    EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
  }

  testkit::TestSystem system;
  FakeLink link{system.actors()};
  Asker asker;
  Words seen;
};

}  // namespace troupe::remote_test
