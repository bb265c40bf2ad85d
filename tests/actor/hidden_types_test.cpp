// Tests of message types that a shared library with hidden visibility has constants of its own for,
// and of refs that name nobody inside optionals.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <troupe/actor/runtime/thread_context.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/simulated_network.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <troupe/wire/codec.hpp>

namespace troupe::hidden_types_test {

struct Note {
  std::string text;
};
struct Own {};
struct Question {
  using Reply = int;
};

namespace {

using namespace std::chrono_literals;

using runtime::Envelope;
using runtime::MessageType;
using testkit::TestSystem;

/// What another library has in place of message_type<M>.
template <class M>
const MessageType* elsewhere() {
  static const MessageType copy = runtime::message_type<M>;
  return &copy;
}

/// Tells it as such a library would.
template <class M>
void tell_from_elsewhere(AnyRef to, M message) {
  Envelope* envelope = runtime::make_envelope(runtime::Kind::user, to.id(), 0, std::move(message));
  envelope->type = elsewhere<M>();
  runtime::deliver(to.cell(), envelope);
}

class Reader : public Actor {
 public:
  using Protocol = Accepts<Note>;
  explicit Reader(std::string* read) : read_(read) {}
  void on(const Note& note) { *read_ = note.text; }

 private:
  std::string* read_;
};

TEST(AMessageOfAnotherLibrarysConstant, IsHandledByAClass) {
  std::string read;
  TestSystem system;
  tell_from_elsewhere(system.spawn<Reader>("reader", &read), Note{"heard"});
  system.run();
  EXPECT_EQ(read, "heard");
}

TEST(AMessageOfAnotherLibrarysConstant, IsHandledByABehavior) {
  std::string read;
  TestSystem system;
  tell_from_elsewhere(system.spawn("reader", behavior([&](const Note& note) { read = note.text; })),
                      Note{"heard"});
  system.run();
  EXPECT_EQ(read, "heard");
}

struct Twin {};  // As others may have in their unnamed namespaces.

TEST(TypesOfOneName, AreTheSameOnlyWhereTheNameIsUnique) {
  EXPECT_TRUE(runtime::same_type(*elsewhere<Note>(), runtime::message_type<Note>));
  EXPECT_FALSE(runtime::same_type(*elsewhere<Note>(), runtime::message_type<Own>));
  EXPECT_FALSE(runtime::same_type(*elsewhere<Twin>(), runtime::message_type<Twin>));
  EXPECT_TRUE(runtime::same_type(runtime::message_type<Twin>, runtime::message_type<Twin>));
}

TEST(ARefInsideAnOptional, ComesAsItselfAlsoWhereItNamesNobody) {
  const auto back = []<class Ref>(const std::optional<Ref>& ref) {
    wire::Writer writer;
    wire::encode(writer, ref);
    return wire::decode<std::optional<Ref>>(writer.bytes()).value();
  };
  EXPECT_EQ(back(std::optional(AnyRef())), std::optional(AnyRef()));
  EXPECT_EQ(back(std::optional<AnyRef>()), std::nullopt);
  EXPECT_EQ(back(std::optional(ActorRef<Reader::Protocol>())),
            std::optional(ActorRef<Reader::Protocol>()));
}

/// Answers with an error, and owes answers, as code of such a library does.
class Foreigner : public Actor {
 public:
  using Protocol = Accepts<Question, Own>;
  static constexpr auto stop_policy = stop_after_idle(1min);
  explicit Foreigner(bool refuses) : refuses_(refuses) {}
  Later<int> on(Question) {
    Envelope* const request = runtime::this_thread.envelope;
    if (refuses_) {
      Envelope* reply = runtime::make_reply(request, Error(ErrorCode::refused, "not today"));
      reply->type = elsewhere<Error>();
      runtime::send_reply(request, reply);
      return {};
    }
    Envelope* const kept =
        runtime::make_envelope(runtime::Kind::user, request->target, request->sender,
                               request->ask(), runtime::DeferredRequest{request});
    kept->type = elsewhere<runtime::DeferredRequest>();
    runtime::begin_to_owe(*runtime::this_thread.cell,
                          kept->payload_as<runtime::DeferredRequest>().counted);
    request->ask().token = 0;
    owed_.emplace(kept);
    return {};
  }
  void on(Own) { owed_.reset(); }

 private:
  const bool refuses_;
  std::optional<ReplyTo<int>> owed_;
};

TEST(AnErrorOfAnotherLibrarysConstant, ReachesAnAskerOfAnotherNode) {
  testkit::SimulatedNetwork network;
  auto& red = network.add("red");
  auto& blue = network.add("blue");
  blue.spawn<Foreigner>("foreigner", true);

  const auto answer = red.select<Foreigner>(blue, "/user/foreigner").ask(Question{}).get();

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::refused);
  EXPECT_EQ(answer.error().context(), "not today");
}

TEST(ADebtOfAnotherLibrarysConstant, IsSettledWhereItsReplyToIsDropped) {
  TestSystem system;
  const auto foreigner = system.spawn<Foreigner>("foreigner", false);
  testkit::Probe probe(system);
  probe.watch(foreigner);
  auto answer = foreigner.ask(Question{}, 1h);
  system.run_for(5min);
  EXPECT_EQ(probe.waiting(), 0U) << "it owes an answer";

  foreigner.tell(Own{});
  EXPECT_EQ(answer.get().error().code(), ErrorCode::cancelled);

  probe.expect_terminated(foreigner, 2min);
}

TEST(AMessageOfAnotherLibrarysConstant, IsExpectedByAProbe) {
  TestSystem system;
  testkit::Probe probe(system);
  tell_from_elsewhere(probe.any_ref(), Note{"heard"});
  EXPECT_EQ(probe.expect<Note>().text, "heard");
}

}  // namespace
}  // namespace troupe::hidden_types_test
