#include "redis_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "../integration/child_process.hpp"

namespace {

using namespace std::chrono_literals;

constexpr const char* program = "/usr/bin/redis-server";
constexpr auto start_time = 20s;

std::string make_folder() {
  std::string folder = "/tmp/troupe_redis_XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary directory");
  return folder;
}

/// The server ends with the thread that starts it, also where the test's process is killed.
std::unique_ptr<ChildProcess> start_server(std::vector<std::string> arguments,
                                           std::string_view ready) {
  arguments.insert(arguments.begin(), {"--pdeathsig", "KILL", program});
  auto process = std::make_unique<ChildProcess>("/usr/bin/setpriv", arguments);
  std::string said;
  try {
    while (true) {
      const std::string line = process->read_line(start_time);
      if (line.find(ready) != std::string::npos) return process;
      said += line + "\n";
    }
  } catch (const std::runtime_error& failure) {
    throw std::runtime_error(std::string("redis-server: ") + failure.what() + "\n" + said);
  }
}

}  // namespace

std::uint16_t free_redis_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* place = reinterpret_cast<sockaddr*>(&address);
  const bool bound = ::bind(probe, place, size) == 0 && ::getsockname(probe, place, &size) == 0;
  ::close(probe);
  if (!bound) throw std::runtime_error("no port is free");
  return ntohs(address.sin_port);
}

RedisServer::RedisServer(std::vector<std::string> arguments, Reach reach)
    : arguments_(std::move(arguments)),
      folder_(make_folder()),
      port_(reach == Reach::by_port ? free_redis_port() : std::uint16_t{0}) {
  start();
}

RedisServer::~RedisServer() {
  process_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

bool RedisServer::is_installed() { return ::access(program, X_OK) == 0; }

void RedisServer::kill() { process_.reset(); }

void RedisServer::start() {
  std::vector<std::string> arguments = {"--port",
                                        std::to_string(port_),
                                        "--bind",
                                        "127.0.0.1",
                                        "--unixsocket",
                                        socket(),
                                        "--dir",
                                        folder_,
                                        "--daemonize",
                                        "no",
                                        "--appendonly",
                                        "no",
                                        "--save",
                                        "",
                                        "--enable-debug-command",
                                        "yes"};
  arguments.insert(arguments.end(), arguments_.begin(), arguments_.end());
  process_ = start_server(std::move(arguments), "ready to accept connections at");
}

void RedisServer::pause() const { process_->pause(); }

void RedisServer::resume() const { process_->resume(); }

RedisSentinel::RedisSentinel(const RedisServer& master)
    : folder_(make_folder()), port_(free_redis_port()) {
  const std::string file = folder_ + "/sentinel.conf";
  std::ofstream(file) << "port " << port_ << "\nbind 127.0.0.1\ndir " << folder_
                      << "\nsentinel monitor orders 127.0.0.1 " << master.port() << " 1\n"
                      << "sentinel down-after-milliseconds orders 300\n"
                      << "sentinel failover-timeout orders 3000\n";
  process_ = start_server({file, "--sentinel"}, "Sentinel ID is");
}

RedisSentinel::~RedisSentinel() {
  process_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}
