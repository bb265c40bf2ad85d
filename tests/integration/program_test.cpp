// The troupe program, and a user's own that is made by node_main(), as an operator runs them.
#include <gtest/gtest.h>
#include <signal.h>

#include "program_fixture.hpp"

namespace {

using namespace std::chrono_literals;

TEST_F(Program, PrintsWhatIsSetAndByWhom) {
  const std::string config = file(
      "name = \"bank\"\n"
      "[transport]\n"
      "down_after = \"30s\"\n"
      "frame_bytes_max = \"1MiB\"\n");

  const Said said = run("TROUPE_TRANSPORT_DOWN_AFTER=20s " TROUPE_PROGRAM " config --config " +
                        config + " --listen 127.0.0.1:7001");

  EXPECT_EQ(said.exit_code, 0) << said.text;
  EXPECT_TRUE(said.has("name = \"bank\"  # " + config + ":1:1\n")) << said.text;
  EXPECT_TRUE(said.has("down_after = \"20s\"  # TROUPE_TRANSPORT_DOWN_AFTER\n")) << said.text;
  EXPECT_TRUE(said.has("frame_bytes_max = \"1MiB\"  # " + config + ":4:1\n")) << said.text;
  EXPECT_TRUE(said.has("listen = \"127.0.0.1:7001\"  # --listen\n")) << said.text;
  EXPECT_TRUE(said.has("shutdown_timeout = \"10s\"  # default\n")) << said.text;
  EXPECT_TRUE(said.has("and down, if it stays so, after          25122ms")) << said.text;
}

TEST_F(Program, ItsPrintedConfigurationIsAFileThatSaysTheSame) {
  const std::string printed = troupe_program("config --name bank --transport-linger 2s").text;

  const Said again = troupe_program("config --config " + file(printed));

  EXPECT_EQ(again.exit_code, 0) << again.text;
  EXPECT_TRUE(again.has("name = \"bank\"  # ")) << again.text;
  EXPECT_TRUE(again.has("linger = \"2s\"  # ")) << again.text;
}

TEST_F(Program, AWrongSettingEndsItWithItsPlaceAndWhatWouldBeRight) {
  const std::pair<const char*, const char*> files[] = {
      {"nmae = \"bank\"\n", ":1:1: there is no setting nmae; did you mean name?"},
      {"[system]\n workers = \"two\"\n", ":2:2: system.workers is text; it has to be a whole"},
      {"listen = \"7001\"\n", ":1:1: listen is \"7001\", which has no host or no port"},
      {"name = \"bank\n", ":1:13: no TOML: "},
      {"[transport]\nheartbeat_interval = \"0s\"\n", ":2:1: heartbeat_interval must be positive"},
  };
  for (const auto& [text, reason] : files) {
    const std::string config = file(text);
    for (const char* command : {"node", "config", "status a@127.0.0.1:1"}) {
      const Said said = troupe_program(std::string(command) + " --config " + config);
      EXPECT_EQ(said.exit_code, 78) << said.text;
      EXPECT_TRUE(said.has("troupe: " + config + reason)) << said.text;
    }
  }
  EXPECT_EQ(troupe_program("config --config " + (folder / "none").string()).exit_code, 78);
  EXPECT_TRUE(run("TROUPE_SYSTEM_WORKERS=x " TROUPE_PROGRAM " node")
                  .has("troupe: TROUPE_SYSTEM_WORKERS: system.workers: \"x\" is not a whole"));
}

TEST_F(Program, AVariableThatIsNoSettingIsWarnedOf) {
  const Said said = run("TROUPE_LISTNE=127.0.0.1:1 " TROUPE_PROGRAM " config");
  EXPECT_EQ(said.exit_code, 0);
  EXPECT_TRUE(
      said.has("warning: TROUPE_LISTNE is no variable of a setting; did you mean TROUPE_LISTEN?"))
      << said.text;
}

TEST_F(Program, MisuseEndsWithTwo) {
  EXPECT_EQ(troupe_program("node --colour red").exit_code, 2);
  EXPECT_TRUE(troupe_program("node --nmae bank").has("Did you mean --name?"));
  EXPECT_EQ(troupe_program("ask").exit_code, 2);
  EXPECT_EQ(troupe_program("tell troupe://a@127.0.0.1:1/user/x").exit_code, 2);
  EXPECT_EQ(troupe_program("status nowhere").exit_code, 2);
  EXPECT_EQ(troupe_program("status a@127.0.0.1:1 --timeout soon").exit_code, 2);
  const Said nodeless = troupe_program("ask /user/account {}");
  EXPECT_EQ(nodeless.exit_code, 2);
  EXPECT_TRUE(nodeless.has("the path \"/user/account\" names no node")) << nodeless.text;
  EXPECT_EQ(troupe_program("status").exit_code, 2) << "no port is known";
  EXPECT_EQ(troupe_program("node --help").exit_code, 0);
}

TEST_F(RunningBank, EndsInOrderBySigterm) {
  bank.signal(SIGTERM);
  EXPECT_EQ(bank.wait_for_end(in_time), 0);
}

TEST_F(Program, APortThatIsTakenIsSaid) {
  troupe::Node holder({.name = "holder", .system = {.workers = 1}});
  const std::string port = std::to_string(holder.address().port);
  const Said said = troupe_program("node --log-level off --listen 127.0.0.1:" + port);
  EXPECT_EQ(said.exit_code, 1);
  EXPECT_TRUE(said.has(port)) << said.text;
}

TEST_F(RunningBank, AnswersWhatTheShellAsks) {
  EXPECT_EQ(troupe_program("tell " + account + " '{\"cents\": 500}'").exit_code, 0);

  const Said balance = troupe_program("ask " + account + " {} --type Balance");

  EXPECT_EQ(balance.exit_code, 0);
  EXPECT_EQ(balance.text, "500\n");
}

TEST_F(RunningBank, TellsTheRefsOfItsActorsAsPaths) {
  const Said who = troupe_program("ask " + account + " {} --type bank::WhoAreYou");
  EXPECT_EQ(who.exit_code, 0);
  EXPECT_TRUE(who.has("bank@127.0.0.1:")) << who.text;
}

TEST_F(RunningBank, SaysWhyAMessageIsNone) {
  const Said unfit = troupe_program("tell " + account + " '{\"pence\": 500}'");
  EXPECT_EQ(unfit.exit_code, 65);
  EXPECT_TRUE(unfit.has("bank::Deposit: the message has a field pence")) << unfit.text;
  EXPECT_TRUE(unfit.has("bank::Deposit{cents: int32}")) << unfit.text;
  EXPECT_EQ(troupe_program("ask " + account + " {} --type Withdraw").exit_code, 65);
  EXPECT_EQ(troupe_program("tell " + account + " 'no json'").exit_code, 65);
}

TEST_F(RunningBank, SaysWhyThereIsNoAnswer) {
  const Said nobody = troupe_program("ask troupe://" + address + "/user/nobody {}");
  EXPECT_EQ(nobody.exit_code, 66);
  EXPECT_TRUE(nobody.has("/user/nobody")) << nobody.text;
  const Said late = troupe_program("ask " + account + " {} --type Audit --timeout 300ms");
  EXPECT_EQ(late.exit_code, 124);
  EXPECT_TRUE(late.has("did not answer within 300ms")) << late.text;
  const Said none = troupe_program("ask " + account + " '{\"cents\": 1}'");
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_TRUE(none.has("is bank::Deposit a message without an answer? Then tell it")) << none.text;
  const Said failed = troupe_program("ask " + account + " {} --type Overdraw");
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_TRUE(failed.has("the balance is 0")) << failed.text;
}

TEST_F(RunningBank, LivesAndIsReady) {
  const Said status = troupe_program("status " + address);
  EXPECT_EQ(status.exit_code, 0);
  EXPECT_TRUE(status.has(address + " is ready\n")) << status.text;
  const Said json = troupe_program("status --json " + address);
  EXPECT_EQ(json.exit_code, 0);
  EXPECT_TRUE(json.has("{\"is_ready\":true,\"not_ready_reason\":\"\",\"address\":\"" + address))
      << json.text;
  const std::string host_port = address.substr(address.find('@') + 1);
  EXPECT_EQ(troupe_program("status --name bank --listen " + host_port).exit_code, 0);
}

TEST_F(Program, ANodeThatIsNotThereIsUnavailable) {
  std::string address;
  {
    troupe::Node gone({.name = "gone", .system = {.workers = 1}});
    address = gone.address().to_string();
  }
  for (const std::string& arguments :
       {"status " + address, "ask troupe://" + address + "/user/x {}",
        "tell troupe://" + address + "/user/x {}"}) {
    const Said said = troupe_program(arguments + " --timeout 10s");
    EXPECT_EQ(said.exit_code, 69) << arguments << ": " << said.text;
    EXPECT_TRUE(said.has(address + " cannot be reached")) << said.text;
  }
}

TEST_F(Program, ANodeWithoutAConsoleLivesAndSaysNoMore) {
  troupe::Node node({.name = "plain", .system = {.workers = 1}});
  const Said said = troupe_program("status " + node.address().to_string());
  EXPECT_EQ(said.exit_code, 1);
  EXPECT_TRUE(said.has("it is ending, or is not run by node_main()")) << said.text;
}

TEST_F(Program, TalksToANodeWithKeysByTheKeysOfItsConfiguration) {
  const std::string keys = folder / "bank.keys";
  const std::string trusted = folder / "trusted";
  ASSERT_EQ(troupe_program("keygen --node bank --out " + keys + " >" + trusted).exit_code, 0);
  const std::string config = file("name = \"bank\"\n[security]\nkeys_file = \"" + keys +
                                  "\"\ntrusted_file = \"" + trusted + "\"\n");
  ChildProcess bank(BANK_PROGRAM, {"node", "--config", config, "--log-level", "off"});
  const std::string line = bank.read_line(in_time);
  const std::string address = line.substr(0, line.find(' '));

  EXPECT_EQ(troupe_program("status " + address + " --config " + config).exit_code, 0);
  EXPECT_NE(troupe_program("status " + address + " --timeout 1s").exit_code, 0);
}

TEST_F(RunningCluster, FormsAndIsSeenFromTheShell) {
  const Said said = members_once(3);

  EXPECT_EQ(said.exit_code, 0) << said.text;
  for (const std::string& address : addresses) EXPECT_TRUE(said.has(address)) << said.text;
  EXPECT_TRUE(said.has("leader worker")) << said.text;
  EXPECT_EQ(troupe_program("status " + addresses[1]).exit_code, 0);
}

TEST_F(RunningCluster, LosesAMemberThatIsToldToLeaveAndThatOneEndsInOrder) {
  EXPECT_EQ(members_once(3).exit_code, 0);

  EXPECT_EQ(troupe_program("leave " + addresses[2]).exit_code, 0);

  EXPECT_EQ(members[2]->wait_for_end(in_time), 0);
  EXPECT_FALSE(members_once(2).has(addresses[2]));
}

TEST_F(RunningCluster, EndsWith75WhereAnOperatorSaysThatItIsDown) {
  EXPECT_EQ(members_once(3).exit_code, 0);
  const std::string at_first = " --node " + addresses[0];

  EXPECT_EQ(troupe_program("down " + addresses[1] + at_first).exit_code, 0);

  EXPECT_EQ(members[1]->wait_for_end(in_time), 75);
  const Said nobody = troupe_program("down x@127.0.0.1:1" + at_first);
  EXPECT_EQ(nobody.exit_code, 1);
  EXPECT_TRUE(nobody.has("there is no member x@127.0.0.1:1")) << nobody.text;
}

TEST_F(RunningBank, IsInNoClusterWithoutSeeds) {
  for (const std::string& command : {"members " + address, "leave " + address}) {
    const Said said = troupe_program(command);
    EXPECT_EQ(said.exit_code, 1);
    EXPECT_TRUE(said.has("it is in no cluster: give it cluster.seeds")) << said.text;
  }
}

TEST_F(Program, ShowsAClusterOfProcessesWithoutAnySetting) {
  const Said said = troupe_program("demo");

  EXPECT_EQ(said.exit_code, 0) << said.text;
  EXPECT_TRUE(said.has("down")) << said.text;
  EXPECT_TRUE(said.has("its process has ended with 0")) << said.text;
  EXPECT_EQ(troupe_program("demo --nodes 2").exit_code, 2);
}

TEST_F(Program, OutputThatNobodyGetsIsNoSuccess) {
  for (const char* arguments : {"config", "--help", "node --help"}) {
    const Said said = troupe_program(std::string(arguments) + " >/dev/full");
    EXPECT_EQ(said.exit_code, 1) << arguments;
    EXPECT_TRUE(said.has("standard output did not take all")) << said.text;
  }
  const std::filesystem::path keys = folder / "bank.keys";
  const Said said = troupe_program("keygen --node bank --out " + keys.string() + " >/dev/full");
  EXPECT_EQ(said.exit_code, 1);
  EXPECT_TRUE(said.has("standard output did not take the line")) << said.text;
  EXPECT_FALSE(std::filesystem::exists(keys));
}

TEST_F(RunningBank, IsNotSaidToHaveAnsweredWhereNobodyGotIt) {
  for (const std::string& arguments :
       {"status " + address, "ask " + account + " {} --type Balance"}) {
    EXPECT_EQ(troupe_program(arguments + " >/dev/full").exit_code, 1) << arguments;
  }
}

TEST_F(Program, AnActorThatIsBusyIsWaitedForAsLongAsWasSaid) {
  std::vector<std::string> command = bank_that("holds");
  for (const char* more : {"--name", "bank", "--log-level", "off", "--system-workers", "2"}) {
    command.emplace_back(more);
  }
  ChildProcess bank(command[0], {command.begin() + 1, command.end()});
  const std::string line = bank.read_line(in_time);
  const std::string vault = "troupe://" + line.substr(0, line.find(' ')) + "/user/vault";
  EXPECT_EQ(troupe_program("tell " + vault + " {}").exit_code, 0);
  EXPECT_EQ(bank.read_line(in_time), "held");

  const Said late = troupe_program("ask " + vault + " {} --timeout 2500ms");
  EXPECT_EQ(late.exit_code, 124) << late.text;
  EXPECT_TRUE(late.has("did not answer within 2500ms")) << late.text;
  EXPECT_EQ(troupe_program("tell " + vault + " {} --timeout 100ms").exit_code, 124);
  EXPECT_EQ(troupe_program("ask " + vault + "s {} --timeout 10s").exit_code, 66);

  ChildProcess asker(TROUPE_PROGRAM, {"ask", vault, "{}", "--timeout", "20s"});
  bank.close_input();
  EXPECT_EQ(asker.read_line(in_time), "true");
  EXPECT_EQ(asker.finish(), 0);
}

}  // namespace
