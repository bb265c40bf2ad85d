// What an operator does to storage from a shell: through the node that has it, and to a file that
// nobody has. Real processes.
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <troupe/persistence/sqlite_storage.hpp>

#include "../integration/child_process.hpp"
#include "../storage/storages.hpp"

namespace {

using namespace std::chrono_literals;

constexpr auto in_time = 20s;

struct Said {
  int exit_code = -1;
  std::string text;
  [[nodiscard]] bool has(std::string_view part) const {
    return text.find(part) != std::string::npos;
  }
};

class StorageCommands : public testing::Test {
 protected:
  StorageCommands() {
    std::string name = testing::TempDir() + "troupe_storage_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    file_ = folder_ / "desk.db";
  }
  ~StorageCommands() override {
    desk_.reset();
    std::filesystem::remove_all(folder_);
  }

  /// The program's answer to a line of the shell, without a terminal.
  static Said troupe(const std::string& arguments) {
    ChildProcess shell("/bin/sh", {"-c", "{ " TROUPE_PROGRAM " " + arguments +
                                             " </dev/null; } 2>&1; echo \"exit code $?\""});
    Said said;
    while (true) {
      const std::string next = shell.read_line(in_time);
      if (next.starts_with("exit code ")) {
        said.exit_code = std::stoi(next.substr(10));
        return said;
      }
      said.text += next + "\n";
    }
  }

  void start() {
    desk_ = std::make_unique<ChildProcess>(
        DESK_PROGRAM, std::vector<std::string>{"node", "--name", "desk", "--storage-sqlite", file_,
                                               "--log-level", "off"});
    const std::string line = desk_->read_line(in_time);
    node_ = line.substr(0, line.find(' '));
  }
  void end() {
    desk_->signal(SIGTERM);
    EXPECT_EQ(desk_->wait_for_end(in_time), 0);
    desk_.reset();
  }
  /// With a queue that is paused, from the claim of the actor on. One that has nothing to do hears
  /// of a pause with its next message only.
  void start_paused() {
    start();
    end();
    EXPECT_EQ(troupe("queue pause orders" + here()).exit_code, 0);
    start();
  }
  void order(int item) {
    const Said said =
        troupe("tell troupe://" + node_ + "/user/desk '{\"item\": " + std::to_string(item) + "}'");
    EXPECT_EQ(said.exit_code, 0) << said.text;
  }
  /// Asks until it says so, or the time is over.
  static Said once(const std::string& arguments, std::string_view part) {
    const auto end = std::chrono::steady_clock::now() + in_time;
    while (true) {
      Said said = troupe(arguments);
      if (said.has(part) || std::chrono::steady_clock::now() > end) return said;
    }
  }
  [[nodiscard]] std::string there() const { return " --node " + node_; }
  [[nodiscard]] std::string here() const { return " --sqlite " + file_; }

  std::filesystem::path folder_;
  std::string file_;
  std::unique_ptr<ChildProcess> desk_;
  std::string node_;
};

TEST_F(StorageCommands, AProgramHasDurableMailboxesByItsConfigurationAlone) {
  start();
  order(7);
  EXPECT_EQ(desk_->read_line(in_time), "handled 7");
  end();
  start_paused();
  order(8);
  once("queue list" + there(), " 1  ");
  end();

  EXPECT_EQ(troupe("queue resume orders" + here()).exit_code, 0);
  start();
  EXPECT_EQ(desk_->read_line(in_time), "handled 8");
}

TEST_F(StorageCommands, SteersQueuesThroughTheNodeThatHasThem) {
  start_paused();
  order(7);

  const Said shown = once("queue show orders" + there(), "desk.Order");
  EXPECT_EQ(shown.exit_code, 0) << shown.text;
  EXPECT_TRUE(shown.has("queue orders, paused")) << shown.text;
  EXPECT_TRUE(shown.has("[7]")) << shown.text;
  const Said listed = troupe("queue list --json" + there());
  EXPECT_TRUE(listed.has("\"queue\":\"orders\"")) << listed.text;
  EXPECT_TRUE(listed.has("\"is_paused\":true")) << listed.text;

  const Said unsure = troupe("queue purge orders" + there());
  EXPECT_EQ(unsure.exit_code, 1);
  EXPECT_TRUE(unsure.has("say --yes")) << unsure.text;
  const Said purged = troupe("queue purge orders --yes" + there());
  EXPECT_EQ(purged.text, "1 messages purged\n");
  EXPECT_EQ(troupe("queue resume orders" + there()).exit_code, 0);
  EXPECT_TRUE(troupe("queue list" + there()).has("goes on"));
  EXPECT_EQ(troupe("queue pause orders" + there()).exit_code, 0);
  const Said none = troupe("queue pause ordres" + there());
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_TRUE(none.has("there is no queue 'ordres'")) << none.text;
}

TEST_F(StorageCommands, AFileThatANodeHasIsRefusedWithItsProcess) {
  start();
  const Said refused = troupe("queue list" + here());
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_TRUE(refused.has("is in use by process " + std::to_string(desk_->pid()))) << refused.text;
  EXPECT_TRUE(refused.has("--node name@host:port")) << refused.text;
  EXPECT_EQ(troupe("storage restore " + file_ + here() + " --yes").exit_code, 1);
}

TEST_F(StorageCommands, ReplaysAndDropsDeadLetters) {
  start();
  for (const int item : {-1, -2, -3}) order(item);
  const Said listed = once("dlq list" + there(), " 3\n");
  EXPECT_TRUE(listed.has("orders")) << listed.text;
  end();

  const Said shown = troupe("dlq show orders --max 2" + here());
  EXPECT_EQ(shown.exit_code, 0) << shown.text;
  EXPECT_TRUE(shown.has("there is no such item")) << shown.text;
  EXPECT_TRUE(shown.has("[-1]")) << shown.text;
  EXPECT_TRUE(shown.has("more by --from 3")) << shown.text;
  EXPECT_EQ(troupe("dlq drop orders 2 --yes" + here()).text, "1 dead letters dropped\n");
  EXPECT_EQ(troupe("dlq replay orders 3-9" + here()).text, "1 dead letters replayed\n");
  EXPECT_EQ(troupe("dlq replay orders" + here()).exit_code, 2);
  EXPECT_EQ(troupe("dlq replay orders x" + here()).exit_code, 2);
  const Said waits = troupe("queue show orders" + here());
  EXPECT_TRUE(waits.has("[-3]")) << waits.text;
}

TEST_F(StorageCommands, ABackupIsMadeThroughTheNodeAndRestoredWhenThatHasEnded) {
  start_paused();
  order(7);
  once("queue list" + there(), " 1  ");
  const Said elsewhere = troupe("storage backup " + (folder_ / "copy.db").string() + there());
  EXPECT_EQ(elsewhere.exit_code, 1);
  EXPECT_TRUE(elsewhere.has("say a name without a folder")) << elsewhere.text;
  const Said made = troupe("storage backup copy.db" + there());
  EXPECT_EQ(made.exit_code, 0) << made.text;
  EXPECT_EQ(troupe("queue purge orders --yes" + there()).exit_code, 0);
  EXPECT_EQ(troupe("storage check" + there()).exit_code, 0);
  end();

  const std::string copy = folder_ / "copy.db";
  EXPECT_EQ(troupe("storage restore " + copy + here()).exit_code, 1) << "nobody has said --yes";
  const Said restored = troupe("storage restore " + copy + here() + " --yes");
  EXPECT_EQ(restored.exit_code, 0) << restored.text;
  EXPECT_TRUE(restored.has("restored 1 queues and 0 journals")) << restored.text;
  const Said checked = troupe("storage check" + here());
  EXPECT_EQ(checked.exit_code, 0) << checked.text;
  EXPECT_TRUE(checked.has("SQLite finds it whole")) << checked.text;
  EXPECT_TRUE(checked.has("messages that wait  1")) << checked.text;
}

TEST_F(StorageCommands, ACheckFindsWhatIsDamaged) {
  start_paused();
  order(7);
  once("queue list" + there(), " 1  ");
  end();
  {
    std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(8'192);
    file << std::string(8'192, 'x');
  }
  const Said checked = troupe("storage check" + here());
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_TRUE(checked.has("is damaged")) << checked.text;
}

TEST_F(StorageCommands, TheSettingsOfANodeLeadToItsStorageOrToTheNode) {
  std::ofstream(folder_ / "node.toml")
      << "name = \"desk\"\n[storage]\nsqlite = \"" + file_ + "\"\n";
  const std::string settings = " --config " + (folder_ / "node.toml").string();
  const Said none = troupe("queue list" + settings);
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_TRUE(none.has("there is no such file")) << none.text;
  EXPECT_FALSE(std::filesystem::exists(file_));
  start();
  const std::string port = node_.substr(node_.rfind(':') + 1);
  const Said through = troupe("queue list" + settings + " --listen 127.0.0.1:" + port);
  EXPECT_EQ(through.exit_code, 0) << through.text;
  EXPECT_TRUE(through.has("orders")) << through.text;
  end();
  EXPECT_TRUE(troupe("queue list" + settings).has("orders"));
}

/// Submits it, and waits until it is stored.
template <class Request>
void store(troupe::persistence::Storage& storage, Request& request) {
  storage.submit(request);
  EXPECT_TRUE(request.wait());
  EXPECT_EQ(request.outcome, troupe::persistence::Stored::stored) << request.why;
}

/// A journal of so many events, and a snapshot of the first two.
void make_journal(const std::string& file, const std::string& key, std::size_t events) {
  using namespace troupe::persistence;
  troupe::Platform platform = troupe::real_platform();
  platform.log = troupe::null_log();
  const auto storage = SqliteStorage::open({.path = file, .reserve_bytes = 0}, platform).value();
  Asked<ClaimJournal> claim;
  claim.key = key;
  claim.incarnation = 1;
  store(*storage, claim);
  for (std::uint64_t last = 0, number = 1; last < events; ++number) {
    Asked<AppendEvents> append;
    append.key = key;
    append.token = claim.token;
    append.number = number;
    append.expected = last;
    while (last < events && append.events.size() < 1'000) {
      append.events.add("\x91\x07");  // [7]
      ++last;
    }
    store(*storage, append);
  }
  Asked<SaveSnapshot> save;
  save.key = key;
  save.token = claim.token;
  save.number = 2;
  save.record = "\x05";
  store(*storage, save);
}

TEST_F(StorageCommands, ShowsVerifiesExportsAndErasesJournals) {
  make_journal(file_, "account-7", 1'500);

  const Said listed = troupe("journal list" + here());
  EXPECT_TRUE(listed.has("account-7")) << listed.text;
  EXPECT_TRUE(listed.has("1500")) << listed.text;
  const Said shown = troupe("journal show account-7 --from 1499" + here());
  EXPECT_TRUE(shown.has("last event 1500, snapshot of 2")) << shown.text;
  EXPECT_TRUE(shown.has("1499    2 B  [7]")) << shown.text;
  const Said verified = troupe("journal verify account-7" + here());
  EXPECT_EQ(verified.exit_code, 0) << verified.text;
  EXPECT_TRUE(verified.has("1500")) << verified.text;
  EXPECT_EQ(troupe("journal verify account-8" + here()).exit_code, 1);

  const Said exported = troupe("journal export account-7" + here());
  EXPECT_EQ(std::ranges::count(exported.text, '\n'), 1'501);
  EXPECT_TRUE(
      exported.text.starts_with("{\"kind\":\"snapshot\",\"number\":2,\"record\":\"05\"}\n"
                                "{\"kind\":\"event\",\"number\":1,\"record\":\"9107\"}\n"))
      << exported.text.substr(0, 200);

  EXPECT_EQ(troupe("journal erase account-7" + here()).exit_code, 1) << "nobody has said --yes";
  EXPECT_EQ(troupe("journal erase account-7 --yes" + here()).text, "1500 events erased\n");
  EXPECT_TRUE(troupe("journal list" + here()).has("erased"));
}

TEST_F(StorageCommands, LooksForJournalsAndSaysThatThereAreNone) {
  start();
  end();
  EXPECT_EQ(troupe("journal list" + here()).exit_code, 0);
  EXPECT_EQ(troupe("journal verify" + here()).exit_code, 0);
  EXPECT_EQ(troupe("journal show account" + here()).exit_code, 66);
  EXPECT_EQ(troupe("journal export account" + here()).exit_code, 66);
  EXPECT_EQ(troupe("journal erase account --yes" + here()).exit_code, 1);
}

TEST_F(StorageCommands, MisuseEndsWithTwo) {
  EXPECT_EQ(troupe("queue").exit_code, 2);
  EXPECT_EQ(troupe("queue show").exit_code, 2);
  EXPECT_EQ(troupe("queue list --sqlite a --redis redis://h").exit_code, 2);
  const Said nowhere = troupe("queue list");
  EXPECT_EQ(nowhere.exit_code, 2);
  EXPECT_TRUE(nowhere.has("which storage? Say --sqlite FILE")) << nowhere.text;
}

}  // namespace
