// What a durable mailbox does where storage is away, loses answers, or is another's.
#include <gtest/gtest.h>

#include <troupe/testkit/probe.hpp>

#include "faulty_storage.hpp"
#include "orders.hpp"

namespace troupe::durable_test {
namespace {

using namespace std::chrono_literals;

/// Sends what it is told, and keeps what becomes of it.
struct SendAll {
  std::vector<std::string> texts;
};
class Sender : public Actor {
 public:
  using Protocol = Accepts<SendAll>;
  Sender(AnyRef to, Seen* sent) : to_(to), sent_(sent) {}
  Task<> on(SendAll all) {
    for (const std::string& text : all.texts) {
      const Result<void> done = co_await send<Order>(to_, {text, ""});
      sent_->push_back(done.ok() ? text : text + " " + std::string(to_string(done.error().code())));
    }
  }

 private:
  AnyRef to_;
  Seen* sent_;
};

class MailboxStorageTest : public DurableTest {
 protected:
  ~MailboxStorageTest() override {
    storage_->is_away = false;  // Or the end waits for it.
    system_.reset();
  }

  RefTo<Orders> spawn(DurableMailbox settings = {}) {
    return actors().spawn<Orders>("orders", with(durable_mailbox("orders", settings)), &notes_);
  }
  [[nodiscard]] std::uint64_t unavailable() {
    return actors().dead_letters().count(ErrorCode::storage_unavailable);
  }

  Notebook notes_;
  Seen sent_;
};

TEST_F(MailboxStorageTest, KeepsSendsInOrderWhileStorageIsAway) {
  const auto orders = spawn();
  storage_->is_away = true;
  for (const char* text : {"1", "2", "3"}) orders.tell(Order{text, ""});
  system().run_for(5s);
  EXPECT_EQ(notes_.seen, Seen{});

  storage_->is_away = false;
  orders.tell(Order{"4", ""});
  system().run_for(5s);

  EXPECT_EQ(notes_.seen, (Seen{"1", "2", "3", "4"}));
  EXPECT_EQ(unavailable(), 0U);
  expect_books_closed();
}

TEST_F(MailboxStorageTest, MakesDeadLettersOfSendsThatHaveWaitedForTooLong) {
  const auto orders = spawn();
  storage_->is_away = true;
  orders.tell(Order{"1", ""});
  system().run_for(9s);
  orders.tell(Order{"2", ""});
  system().run_for(2s);
  EXPECT_EQ(unavailable(), 1U);
  EXPECT_EQ(actors().dead_letters().recent().at(0).type, "test.Order");

  storage_->is_away = false;
  system().run_for(6s);
  EXPECT_EQ(notes_.seen, (Seen{"2"}));
  expect_books_closed();
}

TEST_F(MailboxStorageTest, RefusesWhatIsPastTheLimitOfWhatMayWait) {
  const auto orders = spawn({.waiting_messages_max = 2});
  storage_->is_away = true;
  system().run();
  for (const char* text : {"1", "2", "3"}) orders.tell(Order{text, ""});
  system().run();

  EXPECT_EQ(unavailable(), 1U);
}

TEST_F(MailboxStorageTest, BeginsOnceStorageIsThere) {
  storage_->is_away = true;
  const auto orders = spawn();
  orders.tell(Order{"1", ""});
  system().run_for(1s);
  EXPECT_EQ(notes_.seen, Seen{});

  storage_->is_away = false;
  system().run_for(5s);
  EXPECT_EQ(notes_.seen, (Seen{"1"}));
}

TEST_F(MailboxStorageTest, CompletesASendOnceTheMessageIsStored) {
  const auto orders = spawn();
  const auto sender = actors().spawn<Sender>("sender", AnyRef(orders), &sent_);
  storage_->is_away = true;
  sender.tell(SendAll{{"1", "2"}});
  system().run_for(1s);
  EXPECT_EQ(sent_, Seen{});

  storage_->is_away = false;
  system().run_for(5s);
  EXPECT_EQ(sent_, (Seen{"1", "2"}));
  EXPECT_EQ(notes_.seen, (Seen{"1", "2"}));
  expect_books_closed();
}

TEST_F(MailboxStorageTest, FailsASendThatHasWaitedForTooLong) {
  const auto orders = spawn();
  const auto sender = actors().spawn<Sender>("sender", AnyRef(orders), &sent_);
  storage_->is_away = true;
  sender.tell(SendAll{{"1"}});
  system().run_for(11s);

  EXPECT_EQ(sent_, (Seen{"1 storage_unavailable"}));
  EXPECT_EQ(unavailable(), 1U);
}

TEST_F(MailboxStorageTest, TellsAnAskerThatStorageWasAway) {
  const auto orders = spawn();
  storage_->is_away = true;
  auto price = orders.ask(Price{"tea", ""}, 1min);
  system().run_for(11s);

  ASSERT_TRUE(price.is_ready());
  EXPECT_EQ(price.get().error().code(), ErrorCode::storage_unavailable);
}

TEST_F(MailboxStorageTest, StoresABatchWhoseAnswerWasLostOnce) {
  const auto orders = spawn();
  system().run();
  storage_->loses = 1;
  orders.tell(Order{"1", ""});
  orders.tell(Order{"2", ""});
  system().run_for(5s);

  EXPECT_EQ(notes_.seen, (Seen{"1", "2"}));
  EXPECT_EQ(state().books.stored, 2U);
  EXPECT_EQ(state().books.settled, 2U);
}

TEST_F(MailboxStorageTest, ClaimsItsQueueAnewAfterALostAnswerToASettling) {
  const auto orders = spawn();
  orders.tell(Order{"1", "waits"});
  orders.tell(Order{"2", ""});
  system().run();
  const auto before = state().owner.epoch;
  storage_->loses = 1;
  notes_.let_go();
  system().run_for(5s);

  EXPECT_EQ(notes_.seen, (Seen{"1", "1 done", "2"}));
  EXPECT_EQ(state().books.settled, 2U);
  EXPECT_EQ(state().owner.epoch, before + 1);
}

TEST_F(MailboxStorageTest, EndsItsActorWhereAnotherOwnerHasTheQueue) {
  const auto orders = spawn();
  orders.tell(Order{"1", "waits"});
  orders.tell(Order{"2", ""});
  system().run();
  Asked<persistence::ClaimQueue> claim;
  claim.queue = "orders";
  claim.incarnation = 2;
  claim.instance = 1;
  claim.gone = state().owner;
  storage_->submit(claim);
  ASSERT_EQ(claim.outcome, Stored::stored);

  notes_.let_go();
  system().run();

  EXPECT_EQ(orders.try_tell(Order{"3", ""}).error().code(), ErrorCode::actor_stopped);
  EXPECT_EQ(notes_.seen, (Seen{"1", "1 done"}));
  EXPECT_EQ(state().books.waiting, 2U);
  bool is_logged = false;
  for (const auto& line : system().log_lines()) {
    if (line.text.find("fenced") != std::string::npos) is_logged = true;
  }
  EXPECT_TRUE(is_logged);
}

TEST_F(MailboxStorageTest, RefusesAMessageThatIsLargerThanStorageTakes) {
  const auto orders = spawn();
  orders.tell(Order{std::string(std::size_t{2} << 20U, 'x'), ""});

  EXPECT_EQ(actors().dead_letters().count(ErrorCode::frame_too_large), 1U);
  expect_books_closed();
}

// --- Bad input ---

ErrorCode refused(ActorSystem& system, SpawnOptions options) {
  Notebook notes;
  const auto spawned = system.try_spawn<Orders>("", std::move(options), &notes);
  EXPECT_FALSE(spawned.ok());
  return spawned.error().code();
}

TEST_F(MailboxStorageTest, IsRefusedWithSettingsThatItCannotHave) {
  using namespace std::chrono_literals;
  const auto bad = [&](DurableMailbox settings) {
    return refused(actors(), with(durable_mailbox("orders", settings)));
  };
  EXPECT_EQ(bad({.retry_pause = 0s}), ErrorCode::invalid_setting);
  EXPECT_EQ(bad({.retry_pause = 2s, .retry_pause_max = 1s}), ErrorCode::invalid_setting);
  EXPECT_EQ(bad({.window_messages = 0}), ErrorCode::invalid_setting);
  EXPECT_EQ(bad({.waiting_max = 0s}), ErrorCode::invalid_setting);
  EXPECT_EQ(refused(actors(), with(durable_mailbox(""))), ErrorCode::invalid_setting);
  EXPECT_EQ(refused(actors(), with(durable_mailbox(std::string(256, 'q')))),
            ErrorCode::invalid_setting);
  EXPECT_EQ(refused(actors(), with(durable_mailbox("orders"), stop_after_idle(1s))),
            ErrorCode::invalid_setting);
  for (const Overflow overflow : {Overflow::drop_oldest, Overflow::block}) {
    EXPECT_EQ(refused(actors(), with(durable_mailbox("orders"), bounded(9, overflow))),
              ErrorCode::invalid_setting);
  }
}

TEST(DurableMailbox, IsRefusedWhereTheSystemHasNoStorage) {
  testkit::TestSystem system;

  EXPECT_EQ(refused(system.actors(), with(durable_mailbox("orders"))), ErrorCode::invalid_setting);
}

TEST_F(MailboxStorageTest, IsRefusedToASecondActorUntilTheFirstHasEnded) {
  const auto first = spawn();
  const auto second =
      actors().try_spawn<Orders>("others", with(durable_mailbox("orders")), &notes_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::name_taken);
  EXPECT_NE(second.error().context().find("/user/orders"), std::string::npos)
      << second.error().context();

  system().stop(first);
  system().run();
  EXPECT_TRUE(actors().try_spawn<Orders>("others", with(durable_mailbox("orders")), &notes_).ok());
}

// --- Refs ---

struct Introduce {
  static constexpr std::string_view wire_name = "test.Introduce";
  AnyRef who;
};

/// Greets who is introduced, and who has introduced them.
class Host : public Actor {
 public:
  using Protocol = Accepts<Introduce>;
  explicit Host(Notebook* notes) : notes_(notes) {}
  Task<> on(Introduce introduce) {
    notes_->seen.push_back(introduce.who ? introduce.who.path() : "nobody");
    notes_->seen.push_back(sender() ? sender().path() : "nobody");
    static_cast<void>(co_await notes_->wait());
  }

 private:
  Notebook* notes_;
};

TEST_F(MailboxStorageTest, FindsTheActorsInStoredMessagesByTheirPathsInTheNextLife) {
  const auto spawn_all = [&] {
    const auto host = actors().spawn<Host>("host", with(durable_mailbox("host")), &notes_);
    const auto named = actors().spawn<Orders>("named$usd", &notes_);
    return std::pair(host, AnyRef(named));
  };
  const auto [host, named] = spawn_all();
  const auto guest = actors().spawn(
      "guest", behavior([to = host](Context&, Introduce introduce) { to.tell(introduce); }));
  guest.tell(Introduce{named});
  guest.tell(Introduce{actors().spawn<Orders>("", &notes_)});
  system().run();
  EXPECT_EQ(notes_.seen, (Seen{"/user/named$usd", "/user/guest"}));

  restart();
  notes_ = {};
  spawn_all();
  system().run();
  notes_.let_go();
  system().run();

  EXPECT_EQ(notes_.seen, (Seen{"/user/named$usd", "nobody", "nobody", "nobody"}));
}

struct Later {
  static constexpr std::string_view wire_name = "test.Later";
  int number = 0;
};

/// Puts off what it is told, by a message that it takes from itself alone.
class PutOff : public Actor {
 public:
  using Protocol = Accepts<Order>;
  using Private = Accepts<Later>;
  explicit PutOff(Notebook* notes) : notes_(notes) {}
  void on(Order order) {
    notes_->seen.push_back(order.text);
    self<Private>().tell(Later{1});
  }
  Task<> on(Later) {
    notes_->seen.emplace_back("later");
    static_cast<void>(co_await notes_->wait());
  }

 private:
  Notebook* notes_;
};

/// Takes from others what PutOff takes from itself alone.
class TakesLater : public Actor {
 public:
  using Protocol = Accepts<Later>;
  void on(Later) {}
};

TEST_F(MailboxStorageTest, DoesNotStoreThePrivateMessagesOfItsActor) {
  actors().spawn<TakesLater>("another");
  const auto spawn_one = [&] {
    return actors().spawn<PutOff>("", with(durable_mailbox("orders")), &notes_);
  };
  const auto actor = spawn_one();
  actor.tell(Order{"1", ""});
  actor.tell(Order{"2", ""});
  system().run();
  EXPECT_EQ(notes_.seen, (Seen{"1", "2", "later"}));
  notes_.let_go();
  system().run();
  notes_.let_go();
  system().run();
  EXPECT_EQ(notes_.seen, (Seen{"1", "2", "later", "later"}));
  EXPECT_EQ(state().books.stored, 2U);
  EXPECT_EQ(letters().size(), 0U);
  expect_books_closed();
}

}  // namespace
}  // namespace troupe::durable_test
