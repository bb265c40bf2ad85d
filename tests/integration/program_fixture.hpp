// The troupe program and programs like it, as tests run them: from a shell, as a bank, as a
// cluster.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bank.hpp"
#include "child_process.hpp"
#include "tcp_proxy.hpp"

using namespace std::chrono_literals;

inline constexpr auto in_time = 20s;

/// What a program has said, on both of its streams, and its exit code.
struct Said {
  int exit_code = -1;
  std::string text;

  [[nodiscard]] bool has(std::string_view part) const {
    return text.find(part) != std::string::npos;
  }
};

/// Runs a line of the shell to its end.
inline Said run(const std::string& line) {
  ChildProcess shell("/bin/sh", {"-c", "{ " + line + "; } 2>&1; echo \"exit code $?\""});
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

inline Said troupe_program(const std::string& arguments) {
  return run(TROUPE_PROGRAM " " + arguments);
}

class Program : public testing::Test {
 protected:
  Program() {
    std::string name = testing::TempDir() + "troupe_program_XXXXXX";
    folder = ::mkdtemp(name.data());
  }
  ~Program() override { std::filesystem::remove_all(folder); }

  [[nodiscard]] std::string file(const std::string& text) const {
    std::ofstream(folder / "node.toml") << text;
    return folder / "node.toml";
  }

  std::filesystem::path folder;
};

/// The command for a bank that does more (see bank_program.cpp), and says all on one stream.
inline std::vector<std::string> bank_that(const std::string& does) {
  return {"/bin/sh",    "-c",   "BANK_DOES=" + does + " exec \"$0\" \"$@\" 2>&1",
          BANK_PROGRAM, "node", "--system-shutdown-timeout",
          "1min"};
}

/// A bank that runs.
class RunningBank : public Program {
 protected:
  RunningBank()
      : bank(BANK_PROGRAM,
             {"node", "--name", "bank", "--log-level", "off", "--system-workers", "1"}) {
    const std::string line = bank.read_line(in_time);
    address = line.substr(0, line.find(' '));
    account = "troupe://" + address + "/user/account";
  }

  ChildProcess bank;
  std::string address;
  std::string account;
};

/// Three members of one cluster, each a process.
class RunningCluster : public Program {
 protected:
  /// `last` is the command that is the last one, with flags of its own.
  explicit RunningCluster(std::vector<std::string> last = {TROUPE_PROGRAM, "node"}) {
    std::string seeds;
    for (const char* name : {"a", "b", "c"}) {
      addresses.push_back(std::string(name) + "@127.0.0.1:" + std::to_string(free_port()));
      seeds += (seeds.empty() ? "" : ",") + addresses.back();
    }
    for (const std::string& address : addresses) {
      std::vector<std::string> command = {TROUPE_PROGRAM, "node"};
      if (address == addresses.back()) command = std::move(last);
      for (const std::string& argument :
           {std::string("--name"), address.substr(0, 1), std::string("--listen"), address.substr(2),
            std::string("--cluster-seeds"), seeds, std::string("--cluster-times"),
            std::string("local"), std::string("--cluster-roles"), std::string("worker"),
            std::string("--log-level"), std::string("error")}) {
        command.push_back(argument);
      }
      const std::string program = command.front();
      command.erase(command.begin());
      members.push_back(std::make_unique<ChildProcess>(program, command));
      EXPECT_EQ(members.back()->read_line(in_time), address + " listens");
    }
  }

  /// What the first one says once so many are up, or when the time is over.
  [[nodiscard]] Said members_once(std::size_t count) const {
    const auto end = std::chrono::steady_clock::now() + in_time;
    while (true) {
      Said said = troupe_program("members " + addresses[0]);
      std::size_t up = 0;
      for (std::size_t at = 0; (at = said.text.find(" up ", at)) != std::string::npos; ++at) ++up;
      const bool has_others = said.has("leaving") || said.has("exiting") || said.has("down");
      if (up == count && !has_others) return said;
      if (std::chrono::steady_clock::now() > end) return said;
    }
  }

  std::vector<std::string> addresses;
  std::vector<std::unique_ptr<ChildProcess>> members;
};
