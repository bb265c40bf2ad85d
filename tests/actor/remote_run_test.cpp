// Messages from another node that have come together: a run. Each of them is to its actor, and in
// the books, what it would be alone.

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <troupe/testkit/probe.hpp>
#include <troupe/wire/big_endian.hpp>
#include <vector>

#include "remote_sender.hpp"

namespace troupe::remote_test {
namespace {

using testkit::Probe;

struct Other {};

/// Notes words; "fail" fails, "stop" ends it.
class Reader : public Actor {
 public:
  using Protocol = Accepts<Word>;
  explicit Reader(Words* seen) : seen_(seen) {}
  void on(const Word& word) {
    seen_->push_back(word.text);
    if (word.text == "fail") throw std::runtime_error("no good");
    if (word.text == "stop") stop();
  }

 private:
  Words* seen_;
};

struct RemoteRun : RemoteMessage {
  static std::vector<std::byte> encoded(const std::string& text) {
    wire::Writer writer;
    wire::encode(writer, Word{text});
    return {writer.bytes().begin(), writer.bytes().end()};
  }

  /// Words from the actor 9 of the other node, as one run.
  void receive_run(AnyRef target, const std::vector<std::vector<std::byte>>& words) {
    std::vector<std::byte> more;
    for (std::size_t i = 1; i < words.size(); ++i) {
      std::array<std::byte, 4> length;
      wire::store_big_endian(length.data(), static_cast<std::uint32_t>(words[i].size()));
      more.insert(more.end(), length.begin(), length.end());
      more.insert(more.end(), words[i].begin(), words[i].end());
    }
    const AnyRef sender = link.actor(9);
    runtime::deliver_run(
        target.cell(), runtime::make_encoded(runtime::Kind::encoded, target.id(), nullptr,
                                             {.type_key = wire::type_key<Word>,
                                              .bytes = words.front(),
                                              .origin = &link,
                                              .sender = {sender.target(), sender.id()},
                                              .more = more,
                                              .count = static_cast<std::uint32_t>(words.size())}));
  }
  void receive_run(AnyRef target, const Words& words) {
    std::vector<std::vector<std::byte>> all;
    for (const std::string& word : words) all.push_back(encoded(word));
    receive_run(target, all);
  }
};

TEST_F(RemoteRun, IsHandledMessageByMessageInOrderBeforeWhatCameAfterIt) {
  const auto reader = system.spawn<Reader>("reader", &seen);

  receive_run(reader, Words{"one", "two", "three"});
  receive(reader, Word{"four"});
  system.run();

  EXPECT_EQ(seen, (Words{"one", "two", "three", "four"}));
  EXPECT_EQ(system.actors().counts().handled, 4U);
  expect_balanced_books();
}

TEST_F(RemoteRun, LongerThanATurnLetsOthersHaveTheirs) {
  const auto reader = system.spawn<Reader>("reader", &seen);
  const auto other = system.spawn<Reader>("other", &seen);
  const Words many(3'000, "many");

  receive_run(reader, many);
  receive(other, Word{"one"});
  system.run();

  EXPECT_EQ(seen.size(), 3'001U);
  EXPECT_NE(seen.back(), "one");
  expect_balanced_books();
}

TEST_F(RemoteRun, GoesOnBehindAMessageThatFailed) {
  const auto reader = system.spawn<Reader>("reader", &seen);

  receive_run(reader, Words{"one", "fail", "two"});
  system.run();

  EXPECT_EQ(seen, (Words{"one", "fail", "two"}));
  expect_balanced_books();
}

TEST_F(RemoteRun, OfWhichOneIsMalformedLosesThatOneAlone) {
  const auto reader = system.spawn<Reader>("reader", &seen);

  receive_run(reader, {encoded("one"), {std::byte{0xc1}}, encoded("two")});
  system.run();

  EXPECT_EQ(seen, (Words{"one", "two"}));
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::malformed), 1U);
  expect_balanced_books();
}

TEST_F(RemoteRun, EndsWithItsActorAsSoManyDeadLetters) {
  const auto reader = system.spawn<Reader>("reader", &seen);

  receive_run(reader, Words{"one", "stop", "two", "three"});
  system.run();

  EXPECT_EQ(seen, (Words{"one", "stop"}));
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::actor_stopped), 2U);
  receive_run(reader, Words{"late", "later"});
  system.run();
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::actor_stopped), 4U);
  expect_balanced_books();
}

TEST_F(RemoteRun, OfATypeThatTheActorDoesNotKnowIsRefusedMessageByMessage) {
  struct Deaf : Actor {
    using Protocol = Accepts<Other>;
    void on(Other) {}
  };
  const auto deaf = system.spawn<Deaf>("deaf");

  receive_run(deaf, Words{"one", "two", "three"});
  system.run();

  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::unknown_type), 3U);
  expect_balanced_books();
}

TEST_F(RemoteRun, FillsABoundedMailboxMessageByMessage) {
  const auto reader = system.spawn<Reader>("reader", with(bounded(2, Overflow::drop_new)), &seen);

  receive_run(reader, Words{"one", "two", "three", "four"});
  system.run();

  EXPECT_EQ(seen.size(), 2U);
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::mailbox_full), 2U);
  expect_balanced_books();
}

TEST_F(RemoteRun, ReachesAProbeMessageByMessage) {
  Probe probe(system.actors(), "probe");

  receive_run(probe.any_ref(), Words{"one", "two"});

  EXPECT_EQ(probe.expect<Word>(), Word{"one"});
  EXPECT_EQ(probe.expect<Word>(), Word{"two"});
}

}  // namespace
}  // namespace troupe::remote_test
