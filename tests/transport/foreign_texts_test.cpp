// What strangers and peers write reaches the log and errors as text in one line, at a limited rate;
// what comes late is no stranger's.
#include <gtest/gtest.h>
#include <algorithm>
#include <string>
#include <troupe/actor/node_events.hpp>
#include <troupe/base/printable.hpp>
#include <vector>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::ErrorCode;
using troupe::wire::Writer;

const std::string forged = "x\n12:00:00 warn  [node] forged\x1b[2J\xff";

/// Collects what node events say.
class Reader : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<troupe::NodeDown, troupe::NodeUnreachable>;
  explicit Reader(std::vector<std::string>* texts) : texts_(texts) {}
  void on(const troupe::NodeDown& event) { texts_->push_back(event.reason); }
  void on(const troupe::NodeUnreachable& event) { texts_->push_back(event.reason); }

 private:
  std::vector<std::string>* texts_;
};

class ForeignTexts : public testing::Test {
 protected:
  void send(const Writer& frame, const ConnectionId& connection) {
    node.inject(frame.bytes(), connection);
    world->run_for(10ms);
  }
  void send_hello(const ConnectionId& connection, std::uint64_t session,
                  Lane lane = Lane::control) {
    Writer frame;
    begin_frame(frame, lane);
    append(frame, Hello{9, session, "troupe", "peer@10.0.0.9:7001"});
    send(frame, connection);
  }
  [[nodiscard]] std::uint64_t malformed() const {
    return node.transport.counts().refused(ErrorCode::malformed);
  }
  [[nodiscard]] std::uint64_t late() const { return node.transport.counts().late_frames; }
  void read_events() {
    const auto reader = node.system.spawn<Reader>("reader", &events);
    node.system.events().subscribe<troupe::NodeDown>(reader);
    node.system.events().subscribe<troupe::NodeUnreachable>(reader);
  }
  void expect_no_forged_event() const {
    ASSERT_EQ(events.size(), 1U);
    EXPECT_NE(events.front().find("forged"), std::string::npos);
    EXPECT_EQ(events.front(), troupe::printable(events.front()));
  }
  void expect_no_forged_line() const {
    EXPECT_GE(node.log->lines_with("forged").size(), 1U);
    for (const auto& line : node.log->lines_with("")) {
      EXPECT_TRUE(std::ranges::none_of(line.text, [](char one) { return one >= 0 && one < 0x20; }))
          << line.text;
    }
  }

  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  SimulatedNode node{network, 1, {"node", "10.0.0.1", 7001}};
  std::vector<std::string> events;
};

TEST_F(ForeignTexts, InAHelloStayInTheirLine) {
  const std::string forged_name = forged + "@10.0.0.9:7001";
  const std::string forged_host = "peer@" + forged + ":7001";
  const Hello hellos[] = {{9, 1, forged, "peer@10.0.0.9:7001"},
                          {9, 1, "troupe", forged_name},
                          {9, 1, "troupe", forged_host},
                          {9, 1, "troupe", forged}};
  for (const Hello& hello : hellos) {
    Writer frame;
    begin_frame(frame);
    append(frame, hello);
    send(frame, "stranger");
  }

  EXPECT_EQ(node.transport.counts().refused(ErrorCode::refused), 4U);
  expect_no_forged_line();
}

TEST_F(ForeignTexts, InARefusalStayInTheirLine) {
  SimulatedNode second(network, 2, {"blue", "10.0.0.2", 7001});
  const auto there =
      node.transport.select({second.transport.self().address, "/user/clerk"}).value();
  there.tell(std::string("hello"));
  world->run_for(0ms);  // It has dialled.
  Writer frame;
  begin_frame(frame);
  append(frame, Rejected{ErrorCode::refused, forged});

  second.answer("1", frame.bytes());
  world->run_for(1ms);

  expect_no_forged_line();
}

TEST_F(ForeignTexts, InARefusalStayInTheirLineOfAnEvent) {
  read_events();
  SimulatedNode second(network, 2, {"blue", "10.0.0.2", 7001});
  node.transport.select({second.transport.self().address, "/user/clerk"})
      .value()
      .tell(std::string("hello"));
  world->run_for(0ms);  // It has dialled.
  Writer frame;
  begin_frame(frame);
  append(frame, Rejected{ErrorCode::refused, forged});

  second.answer("1", frame.bytes());
  world->run_for(1ms);

  expect_no_forged_event();
}

TEST_F(ForeignTexts, InAFarewellStayInTheirLineAndTheirEvent) {
  read_events();
  send_hello("peer", 1);
  Writer frame;
  begin_frame(frame);
  append(frame, Rejected{ErrorCode::shutdown, forged});

  send(frame, "peer");

  expect_no_forged_line();
  expect_no_forged_event();
}

TEST_F(ForeignTexts, OfAPeerStayInTheirLineAsDeadLetters) {
  send_hello("peer", 1);
  send_hello("peer's", 1, Lane::ordinary);
  Writer frame;
  begin_frame(frame, Lane::ordinary);
  append(frame, TypeName{99, forged, forged});
  append(frame, Dropped{ErrorCode::unknown_type, 3, 99, "/user/" + forged});
  const std::string path = "/user/" + forged;
  const std::size_t begun =
      begin_message(frame, Request{.type_key = 99, .target = {0, path}, .payload = {}});
  const std::size_t part = begin_part(frame);
  frame.write_nil();
  end_part(frame, part);
  end_message(frame, begun);

  send(frame, "peer's");

  expect_no_forged_line();
  for (const auto& letter : node.system.dead_letters().recent()) {
    EXPECT_EQ((letter.target + letter.type).find('\n'), std::string::npos);
  }
}

TEST_F(ForeignTexts, LinesThatOthersCauseAreLimitedAndTheRestIsTold) {
  Writer frame;
  begin_frame(frame);
  append(frame, Heartbeat{1});
  for (int i = 0; i < 1'000; ++i) node.inject(frame.bytes(), "stranger " + std::to_string(i));
  world->run_for(500ms);
  EXPECT_EQ(node.log->lines_with("a message before the hello").size(), 10U);
  EXPECT_EQ(node.transport.counts().log_lines_suppressed, 990U);

  world->run_for(1s);
  send(frame, "another");

  EXPECT_EQ(node.log->lines_with("990 more lines about other nodes were not logged").size(), 1U);
  EXPECT_EQ(node.log->lines_with("a message before the hello").size(), 11U);
  EXPECT_EQ(malformed(), 1'001U);
}

TEST_F(ForeignTexts, FramesOfASessionThatIsOverAreLateAndNotMalformed) {
  send_hello("first", 1);
  send_hello("first's", 1, Lane::ordinary);
  send_hello("second", 2);
  Writer control;
  begin_frame(control);
  append(control, Heartbeat{1});
  Writer users;
  begin_frame(users, Lane::ordinary);
  append(users, Dropped{ErrorCode::unknown_type, 3, 99, "/user/a"});

  send(control, "first");
  send(users, "first's");
  send_hello("first's other", 1, Lane::large);
  send(users, "first's other");

  EXPECT_EQ(malformed(), 0U);
  EXPECT_EQ(late(), 4U);
}

TEST_F(ForeignTexts, FramesOfAConnectionThatAnotherHasReplacedAreLate) {
  send_hello("first", 1);
  send_hello("another", 1);
  Writer control;
  begin_frame(control);
  append(control, Heartbeat{1});

  send(control, "first");

  EXPECT_EQ(malformed(), 0U);
  EXPECT_EQ(late(), 1U);
}

}  // namespace
