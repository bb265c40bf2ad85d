// Children on other nodes: how they are placed, and what is sent to them.

#include <troupe/testkit/test_system.hpp>

#include "remote_child_actors.hpp"

namespace troupe::remote_child_test {
namespace {

TEST_F(RemoteChild, IsMadeOnTheOtherNodeWithTheArgumentsAndAnswers) {
  begin();
  worker = hire({&b}, 7);

  worker.tell(Add{3});
  EXPECT_EQ(total(), 73);
  EXPECT_TRUE(b.has("/remote/worker-1"));
  EXPECT_EQ(children(), 1U);
}

TEST_F(RemoteChild, OfAClassThatIsNotOfferedIsRefusedWithTheNamesThatAre) {
  begin();
  const auto made = try_hire({.nodes = {b.address}, .offer = "waiter"});
  network.run();

  EXPECT_EQ(made.error().code(), ErrorCode::no_such_actor);
  EXPECT_NE(made.error().context().find("does not offer \"waiter\"; it offers: \"worker\""),
            std::string::npos);
  EXPECT_EQ(children(), 0U);
}

TEST_F(RemoteChild, OfAnOfferWithControlCharactersIsRefusedInOneLine) {
  begin();
  const auto made = try_hire({.nodes = {b.address}, .offer = "waiter\nforged"});
  network.run();

  EXPECT_NE(made.error().context().find("waiter\\x0aforged"), std::string::npos)
      << made.error().context();
}

TEST_F(RemoteChild, OnANodeThatOffersNothingIsRefused) {
  begin();
  FakeNode bare(network, "bare");
  const auto made = try_hire({.nodes = {bare.address}});

  EXPECT_EQ(made.error().code(), ErrorCode::no_such_actor);
  EXPECT_NE(made.error().context().find("it offers: nothing"), std::string::npos);
}

TEST_F(RemoteChild, WhoseConstructorThrowsIsRefusedWithWhatItThrew) {
  begin();
  const auto made = try_hire({.nodes = {b.address}, .start = -1});
  network.run();

  EXPECT_EQ(made.error().code(), ErrorCode::start_failed);
  EXPECT_NE(made.error().context().find("starts below 0"), std::string::npos);
  EXPECT_EQ(children(), 0U);
}

TEST_F(RemoteChild, WithArgumentsOfOtherTypesThanOfferedIsRefused) {
  struct Named : Worker {
    explicit Named(const std::string& name) : Worker(static_cast<int>(name.size())) {}
  };
  begin();
  b.system.offers<Named, std::string>("named");
  const auto made = try_hire({.nodes = {b.address}, .offer = "named"});

  EXPECT_EQ(made.error().code(), ErrorCode::malformed);
}

TEST_F(RemoteChild, IsPlacedOnTheFirstCandidateThatTakesIt) {
  begin();
  FakeNode bare(network, "bare");
  b.is_gone = true;
  worker = hire({&b, &bare, &c}, 5);

  EXPECT_EQ(total(), 5);
  EXPECT_TRUE(c.has("/remote/worker-1"));
}

TEST_F(RemoteChild, IsPlacedOnTheNextCandidateWhenTheFirstIsLostBeforeItAnswers) {
  begin();
  network.hold();
  auto made = boss.ask(Hire{.nodes = {b.address, c.address}, .start = 5});
  network.run();
  network.part(b);
  network.release();
  network.run();

  ASSERT_TRUE(made.is_ready());
  EXPECT_TRUE(made.get().ok());
  EXPECT_FALSE(b.has("/remote/worker-1"));
  EXPECT_TRUE(c.has("/remote/worker-1"));
}

TEST_F(RemoteChild, ThatNoCandidateTakesIsRefusedWithTheReasonOfTheLast) {
  begin();
  b.is_gone = true;
  const auto made = try_hire({.nodes = {c.address, b.address}, .offer = "waiter"});
  network.run();

  EXPECT_EQ(made.error().code(), ErrorCode::node_unreachable);
  EXPECT_EQ(a.log->lines_with("was not placed").size(), 2U);
  EXPECT_EQ(children(), 0U);
}

TEST_F(RemoteChild, WithoutCandidatesOrWithoutATransportIsRefused) {
  begin();
  EXPECT_EQ(try_hire({}).error().code(), ErrorCode::invalid_setting);

  a.system.core().nodes = nullptr;
  EXPECT_EQ(try_hire({.nodes = {b.address}}).error().code(), ErrorCode::node_unreachable);
}

TEST_F(RemoteChild, KnowsItsSenderAndIsAskedFromOtherNodesThroughTheSameRef) {
  struct Customer : Actor {
    using Protocol = Accepts<Watch, Greeting>;
    void on(Watch order) { order.ref.tell(Greet{}); }
    void on(const Greeting& greeting) { journal.push_back("greeted by " + greeting.from); }
  };
  begin_with_worker();
  auto near = a.system.spawn<Customer>("near");
  auto far = c.system.spawn<Customer>("far");
  near.tell(Watch{worker});
  network.run();
  EXPECT_EQ(journal, Journal{"greeted by /remote/worker-1"});

  far.tell(Watch{AnyRef(static_cast<RemoteTarget*>(&c.peer(a)), AnyRef(worker).id())});
  network.run();
  EXPECT_EQ(a.system.dead_letters().total(), 0U);
}

TEST_F(RemoteChild, GetsRefsAmongItsArguments) {
  struct Host : Actor {
    using Protocol = Accepts<Break, Total>;
    explicit Host(ActorRef<Worker::Protocol>* worker) : worker_(worker) {}
    struct Guest : Actor {
      using Protocol = Accepts<Add>;
      explicit Guest(AnyRef host) : host_(host) {}
      void on(Add) { host_.tell(Total{}); }
      AnyRef host_;
    };
    Task<> on(Break) {
      auto guest = co_await spawn_on<Guest>(node, "guest", self());
      (*guest).tell(Add{});
    }
    int on(Total) {
      journal.push_back("called back");
      return 0;
    }
    ActorRef<Worker::Protocol>* worker_;
    NodeAddress node{"b", "host", 1};
  };
  b.system.offers<Host::Guest, AnyRef>("guest");
  auto host = a.system.spawn<Host>("host", &worker);
  host.tell(Break{});
  network.run();

  EXPECT_EQ(journal, Journal{"called back"});
}

TEST_F(RemoteChild, IsOfferedOncePerNameAndNode) {
  const auto offer_again = [&] { b.system.offers<Worker, int>("worker"); };
  EXPECT_THROW(offer_again(), Failure);
}

TEST_F(RemoteChild, IsNotOfferedByASystemThatCannotHaveItsGuardian) {
  testkit::TestSystem ended;
  EXPECT_TRUE(ended.actors().shutdown().complete());

  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ((ended.actors().try_offers<Worker, int>("worker").error().code()),
              ErrorCode::shutdown);
  }
}

TEST_F(RemoteChild, IsNotOfferedByASystemThatHasHadItsGuardianAndEnded) {
  testkit::TestSystem ended;
  EXPECT_TRUE((ended.actors().try_offers<Worker, int>("worker").ok()));
  EXPECT_TRUE(ended.actors().shutdown().complete());

  EXPECT_EQ((ended.actors().try_offers<Worker, int>("waiter").error().code()), ErrorCode::shutdown);
}

TEST_F(RemoteChild, CanBeFoundByItsPath) {
  begin_with_worker();
  auto found = b.system.try_find<Worker::Protocol>("/remote/worker-1");
  ASSERT_TRUE(found.ok());
  (*found).tell(Add{4});
  EXPECT_EQ(total(), 4);
}

}  // namespace
}  // namespace troupe::remote_child_test
