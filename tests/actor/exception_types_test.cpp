// What a strategy on another node is told of an exception.

#include <gtest/gtest.h>

#include <stdexcept>
#include <troupe/actor/runtime/user_code.hpp>

namespace troupe::runtime {
namespace {

using Names = std::vector<std::string>;

struct Late {};
struct Secret {};
struct Overdue : std::runtime_error, Late, private Secret {
  Overdue() : std::runtime_error("overdue") {}
};
struct Lost : Overdue {};

template <class... T>
Names names_of() {
  return {typeid(T).name()...};
}

TEST(ExceptionTypes, AreTheOwnAndThoseOfPublicBasesNearestFirst) {
  EXPECT_EQ(exception_types(std::make_exception_ptr(Lost())),
            (names_of<Lost, Overdue, std::runtime_error, Late, std::exception>()));
}

TEST(ExceptionTypes, OfAThrownValueThatIsNoClassAreItsOwn) {
  EXPECT_EQ(exception_types(std::make_exception_ptr(7)), names_of<int>());
}

TEST(ExceptionTypes, OfNoExceptionAreNone) { EXPECT_EQ(exception_types(nullptr), Names{}); }

TEST(ExceptionTypes, FitTheSameRulesAsTheExceptionItself) {
  const auto strategy = one_for_one().on<Late>(Directive::resume).otherwise(Directive::stop);
  const auto overdue = std::make_exception_ptr(Overdue());
  const Error error(ErrorCode::handler_failed, "overdue");

  EXPECT_EQ(strategy.decide({error, overdue}), Directive::resume);
  EXPECT_EQ(strategy.decide({error, nullptr, exception_types(overdue)}), Directive::resume);
  EXPECT_EQ(strategy.decide({error, nullptr, names_of<Secret>()}), Directive::stop);
  EXPECT_EQ(strategy.decide({error, nullptr}), Directive::stop);
}

}  // namespace
}  // namespace troupe::runtime
