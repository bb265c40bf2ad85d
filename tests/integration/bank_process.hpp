// BankProcess: a bank_node in a process of its own.
#pragma once

#include <chrono>
#include <string>

#include "bank.hpp"
#include "child_process.hpp"

namespace bank {

struct BankProcess {
  explicit BankProcess(const std::string& listen = "127.0.0.1:0")
      : process(BANK_NODE, {listen}), address(process.read_line(std::chrono::seconds(10))) {}

  [[nodiscard]] std::string path() const { return "troupe://" + address + "/user/account"; }
  [[nodiscard]] std::string host_port() const { return address.substr(address.find('@') + 1); }

  ChildProcess process;
  std::string address;
};

}  // namespace bank
