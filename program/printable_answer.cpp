#include <troupe/program/printable_answer.hpp>

#include <troupe/base/printable.hpp>
#include <utility>

namespace troupe::program {
namespace {

/// Of any length: the answer was within the limit of messages.
void make_printable(std::string& text) { text = printable(text, std::string::npos); }

void make_printable(MemberStatus& member) {
  make_printable(member.address);
  make_printable(member.rank);
  for (std::string& role : member.roles) make_printable(role);
  std::map<std::string, std::string> labels;
  for (const auto& [key, value] : member.labels) {
    labels.emplace(printable(key, std::string::npos), printable(value, std::string::npos));
  }
  member.labels = std::move(labels);
}

}  // namespace

std::string printable_answer(std::string answer) {
  make_printable(answer);
  return answer;
}

ActorDescription printable_answer(ActorDescription answer) {
  make_printable(answer.problem);
  for (AcceptedMessage& message : answer.messages) {
    make_printable(message.name);
    make_printable(message.description);
    make_printable(message.answer);
  }
  return answer;
}

NodeStatus printable_answer(NodeStatus answer) {
  make_printable(answer.not_ready_reason);
  make_printable(answer.address);
  return answer;
}

ClusterStatus printable_answer(ClusterStatus answer) {
  make_printable(answer.problem);
  for (MemberStatus& member : answer.members) make_printable(member);
  return answer;
}

}  // namespace troupe::program
