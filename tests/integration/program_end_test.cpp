// How a program that is made by node_main() ends: by signals, by an order, and by the word of its
// cluster, whatever it is doing at that moment.
#include <gtest/gtest.h>
#include <signal.h>

#include "program_fixture.hpp"

namespace {

/// A process with these arguments.
ChildProcess started(const std::vector<std::string>& command) {
  return {command[0], {command.begin() + 1, command.end()}};
}

/// The same command, as the first process of a container: its parent has one child.
std::vector<std::string> as_first_process(std::vector<std::string> command) {
  command.insert(command.begin(),
                 {"/bin/sh", "-c", "exec unshare --pid --fork --kill-child \"$0\" \"$@\""});
  return command;
}

bool may_be_first_process() { return run("unshare --pid --fork --kill-child true").exit_code == 0; }

pid_t only_child_of(const ChildProcess& parent) {
  const std::string pid = std::to_string(parent.pid());
  std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
  pid_t child = -1;
  children >> child;
  return child;
}

/// Reads lines until one has these words.
void read_until(ChildProcess& process, std::string_view words) {
  while (process.read_line(in_time).find(words) == std::string::npos) {
  }
}

TEST(ProgramEnd, BySignalThatComesInSetupIsInOrderOnceThatIsDone) {
  for (const int number : {SIGTERM, SIGINT}) {
    ChildProcess bank = started(bank_that("waits"));
    read_until(bank, "waits");

    bank.signal(number);
    bank.close_input();

    read_until(bank, "stopped");
    EXPECT_EQ(bank.wait_for_end(in_time), 0);
  }
}

TEST(ProgramEnd, OfTheFirstProcessOfAContainerIsInOrderBySignalInSetup) {
  if (!may_be_first_process()) GTEST_SKIP() << "unshare --pid is not permitted";
  ChildProcess bank = started(as_first_process(bank_that("waits")));
  read_until(bank, "waits");

  ASSERT_EQ(::kill(only_child_of(bank), SIGTERM), 0);
  bank.close_input();

  read_until(bank, "stopped");
  EXPECT_EQ(bank.wait_for_end(in_time), 0);
}

TEST(ProgramEnd, OfTheFirstProcessOfAContainerIsAtOnceByASecondSignal) {
  if (!may_be_first_process()) GTEST_SKIP() << "unshare --pid is not permitted";
  ChildProcess bank = started(as_first_process(bank_that("lingers")));
  read_until(bank, "listens");
  const pid_t first = only_child_of(bank);

  ASSERT_EQ(::kill(first, SIGTERM), 0);
  read_until(bank, "stopping");
  ASSERT_EQ(::kill(first, SIGINT), 0);

  EXPECT_EQ(bank.wait_for_end(in_time), 128 + SIGINT);
}

TEST(ProgramEnd, IsAtOnceByASecondSignal) {
  ChildProcess bank = started(bank_that("lingers"));
  read_until(bank, "listens");

  bank.signal(SIGTERM);
  read_until(bank, "stopping");
  bank.signal(SIGINT);

  EXPECT_EQ(bank.wait_for_end(in_time), -SIGINT);
}

TEST(ProgramEnd, IsOneWhateverSetupThrows) {
  const Said said = run("BANK_DOES=throws " BANK_PROGRAM " node --log-level off");
  EXPECT_EQ(said.exit_code, 1);
  EXPECT_TRUE(said.has("its setup has thrown something that is no std::exception")) << said.text;
  EXPECT_TRUE(said.has("stopped\n")) << said.text;
}

/// A cluster whose last member does not hand over in time what it owns.
class EndOfAMemberThatKeeps : public RunningCluster {
 protected:
  explicit EndOfAMemberThatKeeps(const std::string& does = "keeps")
      : RunningCluster(bank_that(does)) {
    EXPECT_EQ(members_once(3).exit_code, 0);
    members[2]->signal(SIGTERM);
    read_until(*members[2], "handing over");
  }
};

TEST_F(EndOfAMemberThatKeeps, IsInOrderByASecondSignalWithoutTheHandOver) {
  members[2]->signal(SIGTERM);

  read_until(*members[2], "stopped");
  EXPECT_EQ(members[2]->wait_for_end(in_time), 1);
  EXPECT_EQ(members_once(2).exit_code, 0);
}

class EndOfAMemberThatClings : public EndOfAMemberThatKeeps {
 protected:
  EndOfAMemberThatClings() : EndOfAMemberThatKeeps("clings") {
    members[2]->signal(SIGTERM);
    read_until(*members[2], "stopping");
  }
};

TEST_F(EndOfAMemberThatClings, IsAtOnceByAThirdSignal) {
  members[2]->signal(SIGINT);

  EXPECT_EQ(members[2]->wait_for_end(in_time), -SIGINT);
}

TEST_F(EndOfAMemberThatClings, IsOneThoughItGoesOnInOrder) {
  members[2]->close_input();

  read_until(*members[2], "stopped");
  EXPECT_EQ(members[2]->wait_for_end(in_time), 1);
}

class EndOfAMemberWhoseHookThrows : public RunningCluster {
 protected:
  EndOfAMemberWhoseHookThrows() : RunningCluster(bank_that("fails")) {
    EXPECT_EQ(members_once(3).exit_code, 0);
  }
};

TEST_F(EndOfAMemberWhoseHookThrows, IsInOrderAndOne) {
  members[2]->signal(SIGTERM);

  read_until(*members[2], "stopped");
  EXPECT_EQ(members[2]->wait_for_end(in_time), 1);
}

/// Two seeds of one cluster, and one of another that has the same list.
class EndOfAStranger : public Program {
 protected:
  EndOfAStranger() {
    for (const char* name : {"a", "b", "c"}) {
      addresses.push_back(std::string(name) + "@127.0.0.1:" + std::to_string(free_port()));
    }
    start(addresses[0], {"--transport-cluster", "bank"});
    start(addresses[1], {"--transport-cluster", "bank"});
  }

  void start(const std::string& address, std::vector<std::string> more) {
    std::vector<std::string> arguments = {"-c",
                                          "exec \"$0\" \"$@\" 2>&1",
                                          TROUPE_PROGRAM,
                                          "node",
                                          "--name",
                                          address.substr(0, 1),
                                          "--listen",
                                          address.substr(2),
                                          "--cluster-times",
                                          "local",
                                          "--log-level",
                                          "error",
                                          "--cluster-seeds",
                                          addresses[0] + "," + addresses[1] + "," + addresses[2]};
    arguments.insert(arguments.end(), more.begin(), more.end());
    nodes.push_back(std::make_unique<ChildProcess>("/bin/sh", arguments));
    EXPECT_EQ(nodes.back()->read_line(in_time), address + " listens");
  }

  std::vector<std::string> addresses;
  std::vector<std::unique_ptr<ChildProcess>> nodes;
};

TEST_F(EndOfAStranger, Is78WithOneLineThatSaysWhatIsOtherThere) {
  start(addresses[2], {"--transport-cluster", "shop"});

  std::string line;
  do {
    line = nodes[2]->read_line(in_time);
  } while (line.find("can be in no cluster") == std::string::npos);
  EXPECT_NE(line.find("this node belongs to the cluster \"bank\", not to \"shop\""),
            std::string::npos)
      << line;
  EXPECT_EQ(nodes[2]->wait_for_end(in_time), 78);
}

/// A cluster whose last member is in its setup.
class EndOfAMemberInSetup : public RunningCluster {
 protected:
  EndOfAMemberInSetup() : RunningCluster(bank_that("waits")) {
    read_until(*members[2], "waits");
    EXPECT_EQ(members_once(3).exit_code, 0);
  }
};

TEST_F(EndOfAMemberInSetup, IsInOrderWhereItIsToldToLeave) {
  const Said said = troupe_program("leave " + addresses[2]);
  EXPECT_EQ(said.exit_code, 0) << said.text;

  members[2]->close_input();

  read_until(*members[2], "stopped");
  EXPECT_EQ(members[2]->wait_for_end(in_time), 0);
}

TEST_F(EndOfAMemberInSetup, Is75WhereItIsDownThoughSetupFailsOfThat) {
  EXPECT_EQ(troupe_program("down " + addresses[2] + " --node " + addresses[0]).exit_code, 0);
  read_until(*members[2], "is down for its cluster");

  members[2]->close_input();

  EXPECT_EQ(members[2]->wait_for_end(in_time), 75);
}

/// A cluster whose last member takes its time to stop.
class EndOfAMember : public RunningCluster {
 protected:
  EndOfAMember() : RunningCluster(bank_that("lingers")) {
    EXPECT_EQ(members_once(3).exit_code, 0);
    EXPECT_EQ(troupe_program("leave " + addresses[2]).exit_code, 0);
    read_until(*members[2], "stopping");
  }
};

TEST_F(EndOfAMember, IsInOrderWhereItIsDownMeanwhileAndThen75) {
  EXPECT_EQ(troupe_program("down " + addresses[2] + " --node " + addresses[0]).exit_code, 0);
  read_until(*members[2], "is down for its cluster");

  members[2]->close_input();

  read_until(*members[2], "stopped");
  EXPECT_EQ(members[2]->wait_for_end(in_time), 75);
}

TEST_F(EndOfAMember, IsSaidByTheShellMeanwhile) {
  const auto end = std::chrono::steady_clock::now() + in_time;
  Said said;
  do {
    said = troupe_program("status " + addresses[2]);
  } while (!said.has("it is ending") && std::chrono::steady_clock::now() < end);
  EXPECT_EQ(said.exit_code, 1) << said.text;
  EXPECT_TRUE(said.has("it is ending, or is not run by node_main()")) << said.text;

  members[2]->close_input();
  EXPECT_EQ(members[2]->wait_for_end(in_time), 0);
}

}  // namespace
