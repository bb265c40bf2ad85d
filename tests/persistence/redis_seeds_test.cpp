// A ClientCore against a server that a seed makes slow, cut off, forgetful and hung. What the
// server has executed is compared with what the client says of each command.
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <troupe/persistence/redis/client_core.hpp>
#include <troupe/persistence/redis/redis_failure.hpp>

namespace troupe::redis {
namespace {

using namespace std::chrono_literals;

/// Executes whole commands only, in order, and says "+<name>" to each.
class SteppedServer {
 public:
  void connect() {
    reader_ = std::make_unique<ReplyReader>(1'000'000);
    answers_.clear();
  }
  void take(std::string_view bytes) {
    while (!bytes.empty()) {
      bytes.remove_prefix(reader_->feed(bytes));
      Reply command;
      while (reader_->next(command) == ReplyReader::Found::reply) execute(command);
    }
  }
  /// Of what it has to say, up to so many bytes.
  std::string give(std::size_t bytes_max) {
    std::string bytes = answers_.substr(0, bytes_max);
    answers_.erase(0, bytes.size());
    return bytes;
  }
  void forget_scripts() { scripts_.clear(); }

  std::vector<std::string> executed;

 private:
  void execute(const Reply& command) {
    const std::string& name = command.elements[0].text;
    if (name == "PING") {
      answers_ += "+PONG\r\n";
    } else if (name == "CLIENT" || name == "INFO") {
      answers_ += "+OK\r\n";
    } else if (name == "SCRIPT") {
      scripts_.insert(Script(command.elements[2].text).sha());
      answers_ += "+OK\r\n";
    } else if (name == "EVALSHA" && !scripts_.contains(command.elements[1].text)) {
      answers_ += "-NOSCRIPT No matching script.\r\n";
    } else {
      executed.push_back(name == "EVALSHA" ? command.elements[3].text : name);
      answers_ += "+" + executed.back() + "\r\n";
    }
  }

  std::unique_ptr<ReplyReader> reader_;
  std::string answers_;
  std::set<std::string> scripts_;
};

class SeededRun {
 public:
  explicit SeededRun(std::uint64_t seed)
      : chance_(seed),
        random_(seed + 1),
        core_(settings_, RedisUrl::parse("redis://db").value(), random_, now_) {}

  void run() {
    for (int step = 0; step < 400; ++step) {
      act();
      follow();
    }
    core_.end(now_);
    follow();
  }

  void check() {
    std::map<std::string, int> times_executed;
    for (const std::string& name : server_.executed) ++times_executed[name];
    for (const auto& [name, count] : times_executed) EXPECT_EQ(count, 1) << name;
    EXPECT_EQ(outcomes_.size(), submitted_);
    for (const auto& [name, results] : outcomes_) {
      ASSERT_EQ(results.size(), 1U) << name;
      const Result<Reply>& result = results.front();
      const bool executed = times_executed.contains(name);
      if (result.ok()) {
        EXPECT_TRUE(executed) << name;
        EXPECT_EQ(result->text, name);
      } else if (result.error().definitely_not_executed()) {
        EXPECT_FALSE(executed) << name << ": " << result.error().to_string();
      }
    }
    check_order();
    check_books();
  }

  std::map<std::string, int> exercised;

 private:
  /// Of the scripts among them, and of the others: scripts that were missed come later than these.
  void check_order() {
    for (const char kind : {'c', 's'}) {
      long last = -1;
      for (const std::string& name : server_.executed) {
        if (name.front() != kind) continue;
        const long number = std::stol(name.substr(1));
        EXPECT_GT(number, last);
        last = number;
      }
    }
  }
  void check_books() {
    const CommandCounts& counts = core_.pipeline().counts();
    EXPECT_EQ(counts.submitted, submitted_);
    EXPECT_EQ(counts.submitted,
              counts.answered + counts.refused + counts.not_executed + counts.unknown);
    EXPECT_EQ(core_.pipeline().commands(), 0U);
    EXPECT_EQ(core_.pipeline().bytes(), 0U);
    exercised["answered"] += static_cast<int>(counts.answered);
    exercised["unknown"] += static_cast<int>(counts.unknown);
    exercised["not executed"] += static_cast<int>(counts.not_executed);
    exercised["sent again"] += static_cast<int>(counts.sent_again);
    exercised["late"] += static_cast<int>(counts.late_replies);
    exercised["missed"] += static_cast<int>(counts.scripts_missed);
    exercised["hung"] += static_cast<int>(core_.counts().hung);
  }

  void act() {
    switch (chance_.below(12)) {
      case 0:
      case 1:
      case 2: return submit();
      case 3:
      case 4: return write();
      case 5:
      case 6:
      case 7: return core_.received(is_open_ ? server_.give(chance_.below(60)) : "", now_);
      case 8: return pass_time(std::chrono::milliseconds(chance_.below(300)));
      case 9:
        if (chance_.below(4) == 0) pass_time(std::chrono::milliseconds(chance_.below(4'000)));
        return;
      case 10:
        if (chance_.below(4) == 0) cut();
        return;
      default:
        if (chance_.below(4) == 0) server_.forget_scripts();
        return;
    }
  }

  void submit() {
    const bool is_script = chance_.below(3) == 0;
    const std::string name = (is_script ? "s" : "c") + std::to_string(submitted_++);
    outcomes_[name];
    core_.submit(
        is_script ? Command::of_script(script_, {name}, {}) : Command{name},
        [this, name](Result<Reply> result) { outcomes_[name].push_back(std::move(result)); },
        now_ + std::chrono::milliseconds(chance_.below(3'000)));
  }
  void write() {
    if (!is_open_) return;
    const std::string_view bytes = core_.output().substr(0, chance_.below(200));
    if (bytes.empty()) return;
    server_.take(bytes);
    core_.written(bytes.size(), now_);
  }
  void pass_time(Duration by) {
    now_ += by;
    core_.advance(now_);
  }
  void cut() {
    if (!is_open_) return;
    is_open_ = false;
    core_.connection_ended("cut", now_);
  }
  void follow() {
    if (core_.take_hang_up()) is_open_ = false;
    if (core_.take_dial()) {
      if (chance_.below(3) == 0) {
        core_.connect_failed("refused", now_);
      } else {
        server_.connect();
        is_open_ = true;
        core_.connected(now_);
      }
    }
    for (Pipeline::Outcome& one : core_.take_outcomes()) one.done(std::move(one.result));
    static_cast<void>(core_.take_notes());
  }

  const RedisSettings settings_{.backoff_initial = 10ms, .backoff_max = 50ms};
  const Script script_{"return KEYS[1]"};
  TimePoint now_{1h};
  Random chance_;
  Random random_;
  SteppedServer server_;
  ClientCore core_;
  bool is_open_ = false;
  std::size_t submitted_ = 0;
  std::map<std::string, std::vector<Result<Reply>>> outcomes_;
};

TEST(RedisSeeds, WhatTheClientSaysOfEachCommandIsSo) {
  std::map<std::string, int> exercised;
  for (std::uint64_t seed = 0; seed < 500 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRun run(seed);
    run.run();
    run.check();
    for (const auto& [what, count] : run.exercised) exercised[what] += count;
  }
  for (const auto& [what, count] : exercised) EXPECT_GT(count, 50) << what;
}

}  // namespace
}  // namespace troupe::redis
