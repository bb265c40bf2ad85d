// bench_redis: SET and EVALSHA per second through RedisClient, beside hiredis alone with pipelines
// of 128, on one server and in the same run.
//
//   bench_redis [SOCKET]    a server's Unix socket; without one it starts a redis-server of its own

#include <hiredis/hiredis.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <troupe/persistence/redis/redis_client.hpp>

#include "measurement.hpp"

namespace bench {
namespace {

using namespace troupe;
using namespace std::chrono_literals;

constexpr int commands = 200'000;
constexpr int rounds = 5;
constexpr int pipelined = 128;
constexpr std::ptrdiff_t outstanding = 1'024;
const std::string value(32, 'v');
const redis::Script script("return redis.call('SET', KEYS[1], ARGV[1])");

/// A redis-server that ends with this.
class OwnServer {
 public:
  OwnServer() {
    if (::mkdtemp(folder_.data()) == nullptr) fail("no temporary directory");
    pid_ = ::fork();
    if (pid_ == 0) {
      if (std::freopen("/dev/null", "w", stdout) == nullptr) ::_exit(126);
      ::execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", socket().c_str(),
               "--dir", folder_.c_str(), "--save", "", "--appendonly", "no", nullptr);
      ::_exit(127);
    }
    for (int tries = 0; tries < 500; ++tries) {
      redisContext* context = ::redisConnectUnix(socket().c_str());
      const bool is_there = context != nullptr && context->err == 0;
      ::redisFree(context);
      if (is_there) return;
      std::this_thread::sleep_for(10ms);
    }
    fail("redis-server does not start");
  }
  ~OwnServer() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  OwnServer(const OwnServer&) = delete;
  OwnServer& operator=(const OwnServer&) = delete;

  [[nodiscard]] std::string socket() const { return folder_ + "/s"; }

 private:
  std::string folder_ = "/tmp/bench_redis_XXXXXX";
  pid_t pid_ = -1;
};

using Make = std::function<redis::Command()>;

redis::Command make_set() { return {"SET", "k", value}; }
redis::Command make_evalsha() { return redis::Command::of_script(script, {"k"}, {value}); }

void must_be_ok(const Result<redis::Reply>& result) {
  if (!result.ok()) fail(result.error().to_string());
}

/// From another thread, with so many outstanding.
double through_client(redis::RedisClient& client, const Make& make) {
  std::counting_semaphore<> room(outstanding);
  const Stopwatch watch;
  for (int i = 0; i < commands; ++i) {
    room.acquire();
    const Result<void> sent = client.send(make(), [&](const Result<redis::Reply>& result) {
      must_be_ok(result);
      room.release();
    });
    if (!sent) fail(sent.error().to_string());
  }
  for (std::ptrdiff_t i = 0; i < outstanding; ++i) room.acquire();
  return commands / watch.seconds();
}

/// Each answer's callback sends the next, 128 at a time.
double through_callbacks(redis::RedisClient& client, const Make& make) {
  std::atomic<int> left{commands};
  std::atomic<int> answered{0};
  std::promise<void> done;
  std::function<void(Result<redis::Reply>)> next = [&](const Result<redis::Reply>& result) {
    must_be_ok(result);
    if (left.fetch_sub(1) > 0) static_cast<void>(client.send(make(), std::ref(next)));
    if (answered.fetch_add(1) + 1 == commands) done.set_value();
  };
  const Stopwatch watch;
  for (int i = 0; i < pipelined; ++i) {
    left.fetch_sub(1);
    static_cast<void>(client.send(make(), std::ref(next)));
  }
  done.get_future().get();
  const double rate = commands / watch.seconds();
  must_be_ok(client.call({"PING"}));  // The last callback has returned.
  return rate;
}

double through_hiredis(redisContext* context, const Make& make) {
  const Stopwatch watch;
  for (int sent = 0; sent < commands; sent += pipelined) {
    const int count = std::min(pipelined, commands - sent);
    for (int i = 0; i < count; ++i) {
      const redis::Command command = make();
      ::redisAppendFormattedCommand(context, command.bytes().data(), command.size());
    }
    for (int i = 0; i < count; ++i) {
      void* reply = nullptr;
      if (::redisGetReply(context, &reply) != REDIS_OK) fail(context->errstr);
      if (static_cast<redisReply*>(reply)->type == REDIS_REPLY_ERROR) fail("an error");
      ::freeReplyObject(reply);
    }
  }
  return commands / watch.seconds();
}

void compare(const std::string& socket) {
  const auto client = redis::RedisClient::start({.url = "unix://" + socket, .scripts = {script}},
                                                real_platform(LogLevel::warn))
                          .value();
  must_be_ok(client->call(make_evalsha()));
  redisContext* context = ::redisConnectUnix(socket.c_str());
  if (context == nullptr || context->err != 0) fail("hiredis cannot connect");
  for (const auto& [name, make] : {std::pair<const char*, Make>{"SET", make_set},
                                   std::pair<const char*, Make>{"EVALSHA", make_evalsha}}) {
    for (int round = 0; round < rounds; ++round) {
      const double alone = through_hiredis(context, make);
      const double from_thread = through_client(*client, make);
      const double from_callbacks = through_callbacks(*client, make);
      std::printf("%-8s hiredis by 128 %8.0f /s   client %8.0f /s   client by 128 %8.0f /s\n", name,
                  alone, from_thread, from_callbacks);
      std::fflush(stdout);
    }
  }
  ::redisFree(context);
}

}  // namespace
}  // namespace bench

int main(int count, char** arguments) {
  if (count > 1) {
    bench::compare(arguments[1]);
    return 0;
  }
  const bench::OwnServer server;
  bench::compare(server.socket());
}
