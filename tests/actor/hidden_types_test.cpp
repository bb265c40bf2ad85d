// Tests of message types that a shared library with hidden visibility has constants of its own for,
// and of refs that name nobody inside optionals.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <troupe/wire/codec.hpp>

namespace troupe::hidden_types_test {

struct Note {
  std::string text;
};
struct Own {};

namespace {

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

}  // namespace
}  // namespace troupe::hidden_types_test
