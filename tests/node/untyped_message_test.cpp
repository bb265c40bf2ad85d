// Messages of types that the sender was not compiled with, from one node to another.
#include <gtest/gtest.h>
#include <troupe/actor/ports/untyped_message.hpp>
#include <troupe/troupe.hpp>
#include <troupe/wire/writer.hpp>

namespace {

using namespace std::chrono_literals;
using troupe::ErrorCode;
using troupe::runtime::ask_untyped;
using troupe::runtime::tell_untyped;
using troupe::runtime::UntypedType;

struct Deposit {
  int cents = 0;
  std::string note;
};
struct Balance {
  using Reply = std::string;
  std::string unit;
};

class Account : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Deposit, Balance>;
  void on(const Deposit& deposit) { cents_ += deposit.cents; }
  std::string on(const Balance& balance) { return std::to_string(cents_) + balance.unit; }

 private:
  int cents_ = 0;
};

template <class M>
std::vector<std::byte> bytes_of(const M& message) {
  troupe::wire::Writer writer;
  troupe::wire::encode(writer, message);
  return {writer.bytes().begin(), writer.bytes().end()};
}

struct UntypedMessages : testing::Test {
  UntypedType deposit{std::string(troupe::wire::type_name<Deposit>()),
                      troupe::wire::describe<Deposit>()};
  UntypedType balance{std::string(troupe::wire::type_name<Balance>()),
                      troupe::wire::describe<Balance>()};
  UntypedType stranger{"bank::Withdraw", "bank::Withdraw{cents: int32}"};
  UntypedType changed{std::string(troupe::wire::type_name<Deposit>()),
                      "Deposit{cents: string, note: string}"};
  troupe::Node bank{{.name = "bank", .system = {.workers = 1}},
                    troupe::real_platform(troupe::LogLevel::off)};
  troupe::Node shop{{.name = "shop", .listen = "", .system = {.workers = 1}},
                    troupe::real_platform(troupe::LogLevel::off)};
  troupe::RefTo<Account> here = bank.spawn<Account>("account");
  troupe::AnyRef there = shop.select_any(bank.path_of(here));
};

TEST_F(UntypedMessages, AreHandledAndAnsweredAsAnyOther) {
  EXPECT_TRUE(tell_untyped(there, deposit, bytes_of(Deposit{500, "x"})).ok());

  const auto answer = ask_untyped(there, balance, bytes_of(Balance{" cents"}), 10s).get();

  ASSERT_TRUE(answer.ok()) << answer.error().to_string();
  EXPECT_EQ(troupe::wire::decode<std::string>(answer->bytes).value(), "500 cents");
}

TEST_F(UntypedMessages, OfALongAnswerComeWhole) {
  const std::string unit(300'000, 'x');
  const auto answer = ask_untyped(there, balance, bytes_of(Balance{unit}), 10s).get();
  EXPECT_EQ(troupe::wire::decode<std::string>(answer.value().bytes).value(), "0" + unit);
}

TEST_F(UntypedMessages, ThatFitNothingThereFailAsOthersDo) {
  const auto code = [&](const UntypedType& type, const std::vector<std::byte>& bytes) {
    return ask_untyped(there, type, bytes, 10s).get().error().code();
  };
  EXPECT_EQ(code(stranger, bytes_of(Deposit{})), ErrorCode::unknown_type);
  EXPECT_EQ(code(balance, {std::byte{0xc1}}), ErrorCode::malformed);
  EXPECT_EQ(code(changed, bytes_of(Balance{})), ErrorCode::unknown_type);
}

TEST_F(UntypedMessages, GoToOtherNodesOnly) {
  const troupe::AnyRef own = shop.spawn<Account>("own");
  EXPECT_EQ(tell_untyped(own, deposit, {}).error().code(), ErrorCode::no_such_actor);
  EXPECT_EQ(ask_untyped(own, balance, {}, 1s).get().error().code(), ErrorCode::no_such_actor);
  EXPECT_EQ(ask_untyped(there, balance, {}, -1s).get().error().code(), ErrorCode::invalid_setting);
}

TEST_F(UntypedMessages, ThatNobodyAnswersEndInTime) {
  const auto nobody = shop.select_any("troupe://" + bank.address().to_string() + "/user/nobody");
  EXPECT_EQ(ask_untyped(nobody, balance, bytes_of(Balance{}), 10s).get().error().code(),
            ErrorCode::no_such_actor);
}

}  // namespace
