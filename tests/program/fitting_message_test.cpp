#include <gtest/gtest.h>
#include <troupe/program/client.hpp>

namespace {

using namespace troupe::program;

const std::vector<AcceptedMessage> accepted = {{"bank::Deposit", "bank::Deposit{cents: int32}", ""},
                                               {"bank::Balance", "bank::Balance{}", "int32"},
                                               {"bank::Audit", "bank::Audit{}", "int32"},
                                               {"shop::Audit", "shop::Audit{depth: int32}", ""}};

std::string chosen(const std::string& json, const std::string& type = "") {
  const auto message = fitting_message(accepted, json, type);
  return message.value ? message.value->type->name : "";
}
std::string problem(const std::string& json, const std::string& type = "") {
  const auto message = fitting_message(accepted, json, type);
  EXPECT_EQ(message.complaint.code, unfit_message);
  return message.complaint.reason;
}

TEST(FittingMessage, IsTheOnlyTypeThatFits) {
  EXPECT_EQ(chosen(R"({"cents":5})"), "bank::Deposit");
  EXPECT_EQ(chosen(R"({"depth":5})"), "shop::Audit");
}

TEST(FittingMessage, IsNamedByItsWholeNameOrTheLastPartOfIt) {
  EXPECT_EQ(chosen("{}", "Balance"), "bank::Balance");
  EXPECT_EQ(chosen("{}", "bank::Audit"), "bank::Audit");
  EXPECT_EQ(problem("{}", "Audit"),
            "Audit may be bank::Audit or shop::Audit: give --type the whole name");
}

TEST(FittingMessage, OfSeveralThatFitNoneIsChosen) {
  EXPECT_EQ(problem("{}"),
            "the message may be one of bank::Balance, bank::Audit: say which by --type");
}

TEST(FittingMessage, OfTextThatIsNoJsonIsToldOnce) {
  for (const char* type : {"", "Deposit"}) {
    const std::string reason = problem("no json", type);
    EXPECT_TRUE(reason.starts_with("the message is no JSON: parse error at line 1")) << reason;
    EXPECT_EQ(reason.find('\n'), std::string::npos) << reason;
  }
}

TEST(FittingMessage, WhatFitsNoneIsToldWhatIsAccepted) {
  const std::string reason = problem(R"({"pence":5})");
  EXPECT_NE(reason.find("\n  bank::Deposit: the message has a field pence, which bank::Deposit has "
                        "not"),
            std::string::npos)
      << reason;
  EXPECT_NE(reason.find("it accepts:\n  bank::Deposit{cents: int32}\n"), std::string::npos);
  const std::string unknown = problem("{}", "Balanse");
  EXPECT_NE(unknown.find("the actor does not accept Balanse"), std::string::npos) << unknown;
  EXPECT_NE(unknown.find("it accepts:\n  bank::Deposit{cents: int32}\n"), std::string::npos);
  EXPECT_NE(fitting_message({}, "{}", "").complaint.reason.find("accepts no messages"),
            std::string::npos);
}

}  // namespace
