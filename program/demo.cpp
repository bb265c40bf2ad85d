#include <troupe/program/demo.hpp>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <troupe/program/client.hpp>
#include <troupe/program/shell_commands.hpp>
#include <vector>

namespace troupe::program {
namespace {

using namespace std::chrono_literals;

/// The longest that a step may take.
constexpr Duration step_max = 30s;

/// Ports of this machine that nobody has now.
std::vector<std::uint16_t> free_ports(std::size_t count) {
  std::vector<int> sockets;
  std::vector<std::uint16_t> ports;
  for (std::size_t i = 0; i < count; ++i) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    sockets.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const bool has_port = ::bind(sockets.back(), generic, size) == 0 &&
                          ::getsockname(sockets.back(), generic, &size) == 0;
    if (has_port) ports.push_back(ntohs(address.sin_port));
  }
  for (const int one : sockets) ::close(one);
  if (ports.size() < count) throw std::runtime_error("no port of 127.0.0.1 is free");
  return ports;
}

/// One place of the cluster, and the process that has it now.
class Place {
 public:
  Place(std::string name, std::uint16_t port) : name_(std::move(name)), port_(port) {}
  ~Place() { kill(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] NodeAddress address() const { return {name_, "127.0.0.1", port_}; }

  void start(const std::string& seeds) {
    const std::string listen = "127.0.0.1:" + std::to_string(port_);
    std::vector<std::string> words = {"troupe",          "node",  "--name",          name_,
                                      "--listen",        listen,  "--log-level",     "off",
                                      "--cluster-times", "local", "--cluster-seeds", seeds};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    char* no_environment[] = {nullptr};
    process_ = ::fork();
    if (process_ < 0) throw std::runtime_error("no process can be started");
    if (process_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
    ::execve("/proc/self/exe", arguments.data(), no_environment);
    ::_exit(failed);
  }

  void kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    static_cast<void>(await_end());
  }

  /// What the process has ended with; -1 by a signal.
  [[nodiscard]] int await_end() {
    int status = 0;
    ::waitpid(process_, &status, 0);
    process_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  const std::string name_;
  const std::uint16_t port_;
  pid_t process_ = 0;
};

class Demo {
 public:
  explicit Demo(std::size_t nodes) {
    const std::vector<std::uint16_t> ports = free_ports(nodes);
    for (std::size_t i = 0; i < nodes; ++i) {
      places_.push_back(
          std::make_unique<Place>(std::string(1, static_cast<char>('a' + i)), ports[i]));
      seeds_ += (i == 0 ? "" : ",") + places_.back()->address().to_string();
    }
  }

  void run(bool stays) {
    Place& asked = *places_.front();
    Place& killed = *places_.back();
    Place& leaver = *places_[1];
    say(std::to_string(places_.size()) + " processes of this program form a cluster:");
    for (const auto& place : places_) place->start(seeds_);
    show_once(asked, [&](const ClusterStatus& cluster) {
      return cluster.is_settled && up(cluster) == places_.size();
    });
    say(killed.name() + " is killed (SIGKILL); the others decide that it is down:");
    killed.kill();
    show_once(asked, [&](const ClusterStatus& cluster) {
      return cluster.members.size() < places_.size() ||
             std::ranges::count(cluster.members, "down", &MemberStatus::rank) > 0;
    });
    say(killed.name() + " is started anew, and is another life at the same address:");
    killed.start(seeds_);
    show_once(asked, [&](const ClusterStatus& cluster) { return up(cluster) == places_.size(); });
    if (stays) return stay();
    say(leaver.name() + " is told to leave, so that nobody waits for its silence:");
    const auto left = client().leave(leaver.address());
    if (!left.value) throw std::runtime_error(left.complaint.reason);
    const int code = leaver.await_end();
    show_once(asked, [&](const ClusterStatus& cluster) {
      return cluster.members.size() == places_.size() - 1 && up(cluster) == places_.size() - 1;
    });
    say("its process has ended with " + std::to_string(code) + ". The others end now.");
  }

 private:
  [[nodiscard]] static Client client() { return {merged({}).value(), 2s}; }

  static void say(const std::string& words) { std::cout << words << std::endl; }

  [[nodiscard]] static std::size_t up(const ClusterStatus& cluster) {
    return static_cast<std::size_t>(std::ranges::count_if(
        cluster.members,
        [](const MemberStatus& member) { return member.rank == "up" && !member.is_unreachable; }));
  }

  /// Prints what the node shows once that is as it should be.
  static void show_once(const Place& asked,
                        const std::function<bool(const ClusterStatus&)>& is_as_it_should) {
    const auto began = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - began < step_max) {
      const auto cluster = client().members(asked.address());
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
      if (cluster.value && is_as_it_should(*cluster.value)) {
        std::printf("after %.1f s, as %s sees it:\n", took.count(), asked.name().c_str());
        say(as_text(*cluster.value) + "\n");
        return;
      }
      std::this_thread::sleep_for(50ms);
    }
    throw std::runtime_error(asked.name() + " has not shown that within 30 s");
  }

  void stay() {
    say("They go on until this is interrupted. From another shell:\n  troupe members " +
        places_.front()->address().to_string());
    while (true) ::pause();
  }

  std::vector<std::unique_ptr<Place>> places_;
  std::string seeds_;
};

}  // namespace

void run_demo(std::size_t nodes, bool stays) { Demo(nodes).run(stays); }

}  // namespace troupe::program
