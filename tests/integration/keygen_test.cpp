// `troupe keygen`, as an operator runs it.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <filesystem>
#include <fstream>
#include <troupe/transport/key_files.hpp>

#include "bank.hpp"
#include "child_process.hpp"

namespace {

using namespace std::chrono_literals;

class Keygen : public testing::Test {
 protected:
  Keygen() {
    std::string name = testing::TempDir() + "troupe_keygen_XXXXXX";
    folder = ::mkdtemp(name.data());
  }
  ~Keygen() override { std::filesystem::remove_all(folder); }

  /// Makes the keys of a node; the line for the trusted keys.
  [[nodiscard]] std::string make(const std::string& node) const {
    ChildProcess program(TROUPE_PROGRAM, {"keygen", "--node", node, "--out", folder / node});
    const std::string line = program.read_line(10s);
    EXPECT_EQ(program.finish(), 0);
    return line;
  }
  [[nodiscard]] static int exit_code(const std::vector<std::string>& arguments) {
    return ChildProcess(TROUPE_PROGRAM, arguments).finish();
  }

  std::filesystem::path folder;
};

TEST_F(Keygen, NodesTalkWithWhatItMade) {
  const std::filesystem::path trusted = folder / "trusted";
  std::ofstream(trusted) << make("bank") << "\n" << make("shop") << "\n";
  const auto settings = [&](const std::string& name) {
    return troupe::NodeSettings{
        .name = name,
        .system = {.workers = 1},
        .security = troupe::SecuritySettings::load(folder / name, trusted).value()};
  };
  troupe::Node bank(settings("bank"));
  troupe::Node shop(settings("shop"));
  const auto account = bank.spawn<bank::Account>("account");

  EXPECT_EQ(
      shop.select<bank::Account::Protocol>(bank.path_of(account)).ask(bank::Balance{}, 10s).get(),
      0);
}

TEST_F(Keygen, PrintsTheKeyThatItWrote) {
  const std::string line = make("bank");

  const auto keys = troupe::read_key_file(folder / "bank");
  ASSERT_TRUE(keys.ok()) << keys.error().context();
  EXPECT_EQ(line, "bank " + keys->public_key);
}

TEST_F(Keygen, OverwritesNothing) {
  const std::string line = make("bank");

  EXPECT_EQ(exit_code({"keygen", "--node", "shop", "--out", folder / "bank"}), 1);

  EXPECT_EQ("bank " + troupe::read_key_file(folder / "bank")->public_key, line);
}

TEST_F(Keygen, MisuseEndsWithTwoAndHelpWithNothing) {
  EXPECT_EQ(exit_code({}), 2);
  EXPECT_EQ(exit_code({"keygen"}), 2);
  EXPECT_EQ(exit_code({"keygen", "--node", "a@b"}), 2);
  EXPECT_EQ(exit_code({"dance"}), 2);
  EXPECT_EQ(exit_code({"--help"}), 0);
  EXPECT_EQ(exit_code({"keygen", "--help"}), 0);
  EXPECT_EQ(exit_code({"--version"}), 0);
}

}  // namespace
