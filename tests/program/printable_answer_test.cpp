#include <gtest/gtest.h>
#include <troupe/program/client.hpp>
#include <troupe/program/printable_answer.hpp>

namespace {

using namespace troupe::program;

constexpr const char* evil = "a\x1b]0;x\x07\n";
constexpr const char* shown = "a\\x1b]0;x\\x07\\x0a";

TEST(PrintableAnswer, HasNothingInItsTextThatMovesACursor) {
  EXPECT_EQ(printable_answer(std::string(evil)), shown);

  NodeStatus status;
  status.not_ready_reason = evil;
  status.address = evil;
  const NodeStatus node = printable_answer(status);
  EXPECT_EQ(node.not_ready_reason, shown);
  EXPECT_EQ(node.address, shown);

  const ClusterStatus cluster = printable_answer(
      ClusterStatus{evil, 1, true, true, {{evil, 7, evil, false, true, {evil}, {{evil, evil}}}}});
  EXPECT_EQ(cluster.problem, shown);
  EXPECT_EQ(cluster.members[0].address, shown);
  EXPECT_EQ(cluster.members[0].rank, shown);
  EXPECT_EQ(cluster.members[0].roles[0], shown);
  EXPECT_EQ(cluster.members[0].labels.at(shown), shown);
}

TEST(PrintableAnswer, IsAllThatIsSaidOfMessages) {
  const ActorDescription description = printable_answer(ActorDescription{
      evil,
      {{"a::\x1b", "a::\x1b{\x1b: int32}", "b::\x1b{}"}, {"b::\x1b", "b::\x1b{}", ""}},
      troupe::ErrorCode::timeout});
  EXPECT_EQ(description.problem, shown);
  EXPECT_EQ(description.code, troupe::ErrorCode::timeout);
  for (const char* type : {"", "\x1b", "\\x1b", "none"}) {
    for (const char* json : {"{}", R"({"x":1})", "5"}) {
      const auto message = fitting_message(description.messages, json, type);
      EXPECT_EQ(message.complaint.reason.find('\x1b'), std::string::npos)
          << message.complaint.reason;
    }
  }
}

TEST(PrintableAnswer, LeavesWhatIsPrintableAsItIs) {
  const std::string text(5'000, 'x');
  EXPECT_EQ(printable_answer(text), text);
  EXPECT_EQ(printable_answer(std::string("Z\xc3\xbcrich")), "Z\xc3\xbcrich");
}

}  // namespace
