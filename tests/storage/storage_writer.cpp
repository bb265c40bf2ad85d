// storage_writer full|normal PATH, storage_writer redis URL: works on one durable queue until
// somebody kills it, and says what was acknowledged. Message n is the text n, so whoever opens the
// storage sees what is missing or twice.
//
//   open LAST CURSOR    when the queue is its own, and all that waits is what it should be
//   ok LAST CURSOR      after each acknowledgement
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <troupe/persistence/sqlite_storage.hpp>
#include <utility>
#ifdef TROUPE_WITH_REDIS
#include <troupe/persistence/redis_storage.hpp>
#endif

namespace {

using namespace troupe;
using namespace troupe::persistence;

[[noreturn]] void fail(const std::string& why) {
  std::printf("failed %s\n", why.c_str());
  std::exit(1);
}

template <class Request>
struct Waited : Request {
  void complete() noexcept override {
    const std::lock_guard lock(mutex);
    is_answered = true;
    answered.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex);
    answered.wait(lock, [&] { return is_answered; });
  }
  std::mutex mutex;
  std::condition_variable answered;
  bool is_answered = false;
};

template <class Request>
void ask(Storage& storage, Waited<Request>& request) {
  request.is_answered = false;
  storage.submit(request);
  request.wait();
  if (request.outcome != Stored::stored) fail(request.why);
}

void say(const char* what, std::uint64_t last, std::uint64_t cursor) {
  std::printf("%s %llu %llu\n", what, static_cast<unsigned long long>(last),
              static_cast<unsigned long long>(cursor));
  std::fflush(stdout);
}

void check(Storage& storage, const QueueState& state) {
  Waited<ReadQueue> reading;
  reading.queue = "orders";
  reading.after = state.cursor;
  std::uint64_t number = state.cursor.number;
  while (number < state.last.number) {
    ask(storage, reading);
    if (reading.messages.empty()) fail("messages are missing");
    for (const StoredMessage& one : reading.messages) {
      if (one.position.number != ++number || one.record != std::to_string(number)) {
        fail("message " + std::to_string(number) + " is " + one.record);
      }
      reading.after = one.position;
    }
  }
}

[[noreturn]] void work(Storage& storage, const ClaimQueue& claim) {
  Waited<AppendBatch> appending;
  appending.queue = "orders";
  appending.producer = claim.token.epoch;
  Waited<SettleBatch> settling;
  settling.queue = "orders";
  settling.token = claim.token;
  std::uint64_t last = claim.state.last.number;
  while (true) {
    appending.records.clear();
    const std::uint64_t count = 1 + last % 5;
    for (std::uint64_t i = 1; i <= count; ++i) appending.records.add(std::to_string(last + i));
    ++appending.batch;
    ask(storage, appending);
    last += count;
    say("ok", last, settling.through);
    if (last % 3 != 0) continue;
    ++settling.number;
    settling.through = last - 2;
    ask(storage, settling);
    say("ok", last, settling.through);
  }
}

template <class Kind>
std::unique_ptr<Storage> take(Result<std::unique_ptr<Kind>> storage) {
  if (!storage) fail(storage.error().context());
  return std::move(*storage);
}

std::unique_ptr<Storage> open(const std::string& kind, const std::string& where) {
  const Platform platform = real_platform(LogLevel::warn);
#ifdef TROUPE_WITH_REDIS
  if (kind == "redis") return take(RedisStorage::open({.redis = {.url = where}}, platform));
#endif
  return take(
      SqliteStorage::open({.path = where,
                           .durability = kind == "full" ? Durability::full : Durability::normal,
                           .reserve_bytes = 4'096},
                          platform));
}

/// The life before is known to be over: it was killed.
void claim_queue(Storage& storage, Waited<ClaimQueue>& claim) {
  claim.queue = "orders";
  claim.incarnation = real_platform().random->next();
  claim.instance = 1;
  Waited<ShowQueue> show;
  show.queue = claim.queue;
  storage.submit(show);
  show.wait();
  claim.gone = show.state.owner;  // None, where there is no queue yet.
  ask(storage, claim);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const auto storage = open(arguments[1], arguments[2]);
  Waited<ClaimQueue> claim;
  claim_queue(*storage, claim);
  check(*storage, claim.state);
  say("open", claim.state.last.number, claim.state.cursor.number);
  work(*storage, claim);
}
