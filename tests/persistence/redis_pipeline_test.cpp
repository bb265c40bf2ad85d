#include <gtest/gtest.h>
#include <troupe/persistence/redis/pipeline.hpp>
#include <troupe/persistence/redis/redis_failure.hpp>

namespace troupe::redis {
namespace {

using namespace std::chrono_literals;

const TimePoint t0 = TimePoint(1h);
const Script script("return 1");

Reply ok() { return {.kind = Reply::Kind::status, .text = "OK"}; }
Reply error(std::string reason) { return {.kind = Reply::Kind::error, .text = std::move(reason)}; }

/// A pipeline, and what its commands came to: "a=answered b=unknown".
class Bench {
 public:
  explicit Bench(Pipeline::Limits limits = {}) : pipeline(limits) {}

  void submit(const std::string& name, Duration timeout = 10s) {
    hand_over(name, Command{name}, timeout);
  }
  void submit_script(const std::string& name, const Script& one = script) {
    hand_over(name, Command::of_script(one, {name}, {}), 10s);
  }

  /// Writes up to so many bytes of the output; all of it by default. Returns them.
  std::string write(std::size_t bytes_max = 1'000'000, TimePoint now = t0) {
    std::string all;
    while (bytes_max > 0) {
      const std::string_view output = pipeline.output().substr(0, bytes_max);
      if (output.empty()) break;
      all += output;
      bytes_max -= output.size();
      pipeline.written(output.size(), now);
    }
    return all;
  }
  bool answer(Reply reply = ok(), TimePoint now = t0) {
    return pipeline.received(std::move(reply), now);
  }
  void cut() { pipeline.connection_ended(ErrorCode::node_unreachable, "cut"); }

  std::string outcomes() {
    for (Pipeline::Outcome& one : pipeline.take_outcomes()) one.done(std::move(one.result));
    return std::exchange(said_, {});
  }

  Pipeline pipeline;

 private:
  void hand_over(const std::string& name, Command command, Duration timeout) {
    pipeline.submit(
        std::move(command),
        [this, name](const Result<Reply>& result) {
          said_ += said_.empty() ? "" : " ";
          said_ += name + "=";
          if (result.ok()) {
            said_ += "answered";
            return;
          }
          const bool safe = result.error().definitely_not_executed();
          said_ += std::string(to_string(result.error().code())) + (safe ? "/safe" : "/unknown");
        },
        t0 + timeout);
  }

  std::string said_;
};

std::string on_wire(const std::string& name) { return std::string(Command{name}.bytes()); }
std::string on_wire_script(const std::string& name, const Script& one = script) {
  return std::string(Command::of_script(one, {name}, {}).bytes());
}
std::string on_wire_load(const Script& one) {
  return std::string(Command{"SCRIPT", "LOAD", one.source()}.bytes());
}

TEST(RedisPipeline, AnswersInTheOrderOfSending) {
  Bench bench;
  bench.submit("a");
  bench.submit("b");
  EXPECT_EQ(bench.write(), on_wire("a") + on_wire("b"));
  EXPECT_TRUE(bench.answer());
  EXPECT_TRUE(bench.answer(error("WRONGTYPE no")));
  EXPECT_EQ(bench.outcomes(), "a=answered b=refused/unknown");
  EXPECT_EQ(bench.pipeline.commands(), 0U);
  EXPECT_EQ(bench.pipeline.bytes(), 0U);
  EXPECT_TRUE(bench.pipeline.is_idle());
}

TEST(RedisPipeline, SendsAgainWhatWasNotSentWhenAConnectionEnds) {
  Bench bench;
  for (const char* name : {"a", "b", "c"}) bench.submit(name);
  // The whole of a, and all of b but one byte: a server executes no part of a command.
  bench.write(on_wire("a").size() + on_wire("b").size() - 1);
  bench.cut();
  EXPECT_EQ(bench.outcomes(), "a=node_unreachable/unknown");
  EXPECT_EQ(bench.write(), on_wire("b") + on_wire("c"));
  bench.answer();
  bench.answer();
  EXPECT_EQ(bench.outcomes(), "b=answered c=answered");
  EXPECT_EQ(bench.pipeline.counts().sent_again, 2U);
}

TEST(RedisPipeline, FailsWhatIsDueByHowFarItCame) {
  Bench bench;
  bench.submit("sent", 700ms);
  bench.submit("begun", 800ms);
  bench.submit("given", 900ms);
  bench.submit("queued", 1s);
  bench.submit("later", 2s);
  const std::size_t cut = on_wire("sent").size() + 3;
  bench.write(cut);
  bench.pipeline.expire(t0 + 1s, {});
  EXPECT_EQ(bench.outcomes(),
            "sent=timeout/unknown begun=timeout/unknown given=timeout/safe queued=timeout/safe");
  // The stream goes on behind the command that was begun, and their replies belong to nobody.
  EXPECT_EQ(bench.write(), on_wire("begun").substr(3) + on_wire("later"));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bench.answer());
  EXPECT_EQ(bench.outcomes(), "later=answered");
  EXPECT_EQ(bench.pipeline.counts().late_replies, 2U);
  EXPECT_EQ(bench.pipeline.counts().timed_out, 4U);
  EXPECT_EQ(bench.pipeline.commands(), 0U);
}

TEST(RedisPipeline, DoesNotSendAgainWhatHasFailed) {
  Bench bench;
  bench.submit("begun", 1s);
  bench.write(3);
  bench.pipeline.expire(t0 + 1s, {});
  EXPECT_EQ(bench.outcomes(), "begun=timeout/unknown");
  bench.cut();
  EXPECT_EQ(bench.write(), "");
  EXPECT_EQ(bench.pipeline.commands(), 0U);
  EXPECT_EQ(bench.pipeline.bytes(), 0U);
}

TEST(RedisPipeline, SaysWhyNothingWasSent) {
  Pipeline pipeline({});
  std::string reason;
  pipeline.submit(Command{"a"}, [&](const Result<Reply>& r) { reason = r.error().context(); }, t0);
  pipeline.expire(t0, "no connection to db:6379: Connection refused");
  for (Pipeline::Outcome& one : pipeline.take_outcomes()) one.done(std::move(one.result));
  EXPECT_EQ(reason, "not sent in time: no connection to db:6379: Connection refused");
}

TEST(RedisPipeline, IsHungWhenTimeIsOverAndNothingHasComeForAsLongAsItIsBorne) {
  Bench bench({.in_flight_max = 10, .silence_max = 2s});
  bench.submit("a", 500ms);
  bench.submit("b", 10s);
  bench.write();
  EXPECT_EQ(bench.pipeline.deadline(), t0 + 500ms);
  bench.pipeline.expire(t0 + 500ms, {});
  EXPECT_FALSE(bench.pipeline.is_hung(t0 + 1999ms));  // Slow, it may be.
  EXPECT_EQ(bench.pipeline.deadline(), t0 + 2s);
  EXPECT_TRUE(bench.pipeline.is_hung(t0 + 2s));
  bench.answer(ok(), t0 + 2s);  // A late reply: it lives. b has its own time.
  EXPECT_FALSE(bench.pipeline.is_hung(t0 + 9s));
  EXPECT_TRUE(bench.pipeline.is_hung(t0 + 10s));
}

TEST(RedisPipeline, BearsALongSilenceOfACommandThatWaitsInTheServer) {
  Bench bench({.in_flight_max = 10, .silence_max = 2s});
  bench.submit("XREAD", 10s);
  bench.write();
  EXPECT_FALSE(bench.pipeline.is_hung(t0 + 9s));
}

TEST(RedisPipeline, HasALimitOfWhatIsInFlight) {
  Bench bench({.in_flight_max = 2, .silence_max = 2s});
  for (const char* name : {"a", "b", "c"}) bench.submit(name);
  EXPECT_EQ(bench.write(), on_wire("a") + on_wire("b"));
  bench.answer();
  EXPECT_EQ(bench.write(), on_wire("c"));
}

TEST(RedisPipeline, RefusesAReplyThatNobodyAskedFor) {
  Bench bench;
  EXPECT_FALSE(bench.answer());
  bench.submit("a");
  bench.write(3);
  EXPECT_FALSE(bench.answer());  // Not wholly sent: it cannot be answered.
}

TEST(RedisPipeline, LoadsAScriptThatIsMissedAndKeepsTheOrderOfScripts) {
  Bench bench;
  for (const char* name : {"a", "b"}) bench.submit_script(name);
  bench.submit("plain");
  bench.write();
  bench.submit_script("c");
  const std::string begun = bench.write(5);  // c is under way when the first is missed.
  bench.answer(error("NOSCRIPT No matching script."));
  bench.submit_script("d");
  EXPECT_EQ(bench.write(), on_wire_script("c").substr(5));  // And nothing more.
  bench.answer(error("NOSCRIPT No matching script."));
  bench.answer();
  EXPECT_EQ(bench.outcomes(), "plain=answered");
  EXPECT_EQ(bench.write(), "");
  bench.answer(error("NOSCRIPT No matching script."));
  EXPECT_EQ(bench.write(), on_wire_load(script) + on_wire_script("a") + on_wire_script("b") +
                               on_wire_script("c") + on_wire_script("d"));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(bench.answer());
  EXPECT_EQ(bench.outcomes(), "a=answered b=answered c=answered d=answered");
  EXPECT_EQ(bench.pipeline.counts().scripts_missed, 3U);
  EXPECT_EQ(bench.pipeline.bytes(), 0U);
}

TEST(RedisPipeline, RefusesAScriptThatCannotBeLoaded) {
  Bench bench;
  bench.submit_script("a");
  bench.write();
  bench.answer(error("NOSCRIPT No matching script."));
  bench.write();
  bench.answer(error("NOPERM this user has no permissions to run the 'script|load' command"));
  bench.answer(error("NOSCRIPT No matching script."));
  EXPECT_EQ(bench.outcomes(), "a=refused/safe");
  EXPECT_EQ(bench.pipeline.commands(), 0U);
}

TEST(RedisPipeline, LoadsEachOfSeveralScriptsOnce) {
  const Script other("return 2");
  Bench bench;
  bench.submit_script("a");
  bench.submit_script("b", other);
  bench.submit_script("c");
  bench.write();
  for (int i = 0; i < 3; ++i) bench.answer(error("NOSCRIPT"));
  EXPECT_EQ(bench.write(), on_wire_load(script) + on_wire_load(other) + on_wire_script("a") +
                               on_wire_script("b", other) + on_wire_script("c"));
}

TEST(RedisPipeline, HeldScriptsGoFirstOnTheNextConnection) {
  Bench bench;
  bench.submit_script("a");
  bench.submit("b");
  bench.write();
  bench.answer(error("NOSCRIPT"));
  bench.submit("c");
  bench.cut();  // b was sent and is unknown; a was not executed.
  EXPECT_EQ(bench.outcomes(), "b=node_unreachable/unknown");
  EXPECT_EQ(bench.write(), on_wire_script("a") + on_wire("c"));
  bench.answer(error("NOSCRIPT"));  // A new connection, a new chance.
  bench.answer();
  EXPECT_EQ(bench.write(), on_wire_load(script) + on_wire_script("a"));
}

TEST(RedisPipeline, ForgetsToLoadAScriptWhenItsConnectionEnds) {
  Bench bench;
  bench.submit_script("a");
  bench.write();
  bench.answer(error("NOSCRIPT"));
  bench.write(3);
  bench.cut();
  EXPECT_EQ(bench.write(), on_wire_script("a"));
  bench.answer();
  EXPECT_EQ(bench.outcomes(), "a=answered");
  EXPECT_EQ(bench.pipeline.commands(), 0U);
  EXPECT_EQ(bench.pipeline.bytes(), 0U);
}

TEST(RedisPipeline, HeldScriptsHaveTheirDeadline) {
  Bench bench;
  bench.submit_script("a");
  bench.submit("b", 20s);
  bench.write();
  bench.answer(error("NOSCRIPT"));
  bench.submit("c", 20s);
  bench.pipeline.expire(t0 + 10s, {});
  EXPECT_EQ(bench.outcomes(), "a=timeout/safe");
  EXPECT_EQ(bench.write(), on_wire("c"));
}

TEST(RedisPipeline, PausedItBeginsNothingAndIsDrainedWhenAllIsAnswered) {
  Bench bench;
  bench.submit("a");
  bench.submit("b");
  bench.write(on_wire("a").size());
  bench.pipeline.pause();
  EXPECT_EQ(bench.write(), "");
  EXPECT_FALSE(bench.pipeline.is_drained());
  bench.answer();
  EXPECT_TRUE(bench.pipeline.is_drained());
  bench.cut();
  EXPECT_EQ(bench.outcomes(), "a=answered");
  EXPECT_EQ(bench.write(), on_wire("b"));
}

TEST(RedisPipeline, OfAReplyThatIsTooLargeTheFirstIsToldAlone) {
  Bench bench;
  bench.submit("a");
  bench.submit("b");
  bench.write();
  bench.pipeline.connection_ended(ErrorCode::frame_too_large, "too large");
  EXPECT_EQ(bench.outcomes(), "a=frame_too_large/unknown b=node_unreachable/unknown");
}

TEST(RedisPipeline, FailsAllThatWasNotBegun) {
  Bench bench;
  bench.submit_script("held");
  bench.submit("sent");
  bench.write();
  bench.answer(error("NOSCRIPT"));
  bench.submit("queued");
  bench.pipeline.fail_unsent(ErrorCode::shutdown, "ended");
  EXPECT_EQ(bench.outcomes(), "held=shutdown/safe queued=shutdown/safe");
  EXPECT_EQ(bench.pipeline.commands(), 1U);
}

TEST(RedisPipeline, HoldsTheBytesOfACommandUntilTheyAreWrittenAndOfAScriptUntilItsAnswer) {
  Bench bench;
  bench.submit("a");
  bench.submit_script("b");
  bench.write();
  EXPECT_EQ(bench.pipeline.bytes(), on_wire_script("b").size());
  EXPECT_EQ(bench.pipeline.commands(), 2U);
  bench.answer();
  bench.answer();
  EXPECT_EQ(bench.pipeline.bytes(), 0U);
}

}  // namespace
}  // namespace troupe::redis
