#include <troupe/persistence/redis/redis_client.hpp>

#include <condition_variable>
#include <mutex>
#include <troupe/base/check.hpp>
#include <troupe/persistence/redis/client_thread.hpp>
#include <utility>

namespace troupe::redis {
namespace {

/// Where call() waits. Shared with the callback, which may still be in it when the caller goes on.
struct Waiting {
  std::mutex mutex;
  std::condition_variable came;
  std::optional<Result<Reply>> result;
};

}  // namespace

Result<std::unique_ptr<RedisClient>> RedisClient::start(RedisSettings settings, Platform platform) {
  if (Result<void> checked = check(settings); !checked) return checked.error();
  Result<RedisUrl> url = RedisUrl::parse(settings.url);
  if (!url) return url.error();
  Result<std::unique_ptr<ClientThread>> thread =
      ClientThread::start(std::move(settings), *std::move(url), std::move(platform));
  if (!thread) return thread.error();
  return std::unique_ptr<RedisClient>(new RedisClient(*std::move(thread)));
}

RedisClient::RedisClient(std::unique_ptr<ClientThread> thread) : thread_(std::move(thread)) {}

RedisClient::~RedisClient() { close(Duration::zero()); }

Result<void> RedisClient::send(Command command, Done done, std::optional<Duration> timeout) {
  return thread_->send(std::move(command), std::move(done), timeout);
}

Result<Reply> RedisClient::call(Command command, std::optional<Duration> timeout) {
  TROUPE_CHECK(!thread_->is_own_thread(), "call() waits: use send() in a callback of the client");
  const auto waiting = std::make_shared<Waiting>();
  const Result<void> sent = send(
      std::move(command),
      [waiting](Result<Reply> result) {
        const std::lock_guard lock(waiting->mutex);
        waiting->result = std::move(result);
        waiting->came.notify_one();
      },
      timeout);
  if (!sent) return sent.error();
  std::unique_lock lock(waiting->mutex);
  waiting->came.wait(lock, [&] { return waiting->result.has_value(); });
  return *std::move(waiting->result);
}

void RedisClient::close(Duration timeout) {
  TROUPE_CHECK(!thread_->is_own_thread(), "a Redis client is not ended in its own callback");
  thread_->close(timeout);
}

RedisCounts RedisClient::counts() const { return thread_->counts(); }

const std::string& RedisClient::place() const noexcept { return thread_->place(); }

}  // namespace troupe::redis
