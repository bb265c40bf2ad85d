// ClientThread: the thread of a RedisClient. It carries commands to the ClientCore and does what
// that decides: sockets, the calling of callbacks, lines in the log.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <troupe/base/log_limiter.hpp>
#include <troupe/base/platform.hpp>
#include <troupe/base/resolver.hpp>
#include <troupe/base/result.hpp>
#include <troupe/persistence/redis/client_core.hpp>
#include <troupe/persistence/redis/redis_counts.hpp>
#include <troupe/persistence/redis/server_socket.hpp>
#include <vector>

namespace troupe::redis {

/// Any thread.
class ClientThread {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ClientThread>> start(RedisSettings settings,
                                                                   RedisUrl url, Platform platform);
  /// After close() only.
  ~ClientThread() = default;
  ClientThread(const ClientThread&) = delete;
  ClientThread& operator=(const ClientThread&) = delete;

  [[nodiscard]] Result<void> send(Command command, Done done, std::optional<Duration> timeout);
  void close(Duration timeout);
  [[nodiscard]] RedisCounts counts() const;
  [[nodiscard]] const std::string& place() const noexcept { return place_; }
  [[nodiscard]] bool is_own_thread() const noexcept {
    return std::this_thread::get_id() == thread_id_;
  }

 private:
  /// An eventfd. The resolver wakes by it, so it ends after that.
  class WakeDescriptor {
   public:
    explicit WakeDescriptor(int number) noexcept : number_(number) {}
    ~WakeDescriptor();
    WakeDescriptor(const WakeDescriptor&) = delete;
    WakeDescriptor& operator=(const WakeDescriptor&) = delete;
    [[nodiscard]] int number() const noexcept { return number_; }

   private:
    int number_;
  };

  struct Handed {
    Command command;
    Done done;
    TimePoint deadline;
  };

  ClientThread(RedisSettings settings, RedisUrl url, Platform platform, int wake);

  [[nodiscard]] Result<void> reject(ErrorCode code, std::string reason);
  void wake() noexcept;

  // The thread's own.
  void run() noexcept;
  void take_handed();
  void do_orders(TimePoint now);
  void follow(const ServerSocket::Step& step, TimePoint now);
  void take_look_ups(TimePoint now);
  void write_out(TimePoint now);
  void read_in(TimePoint now);
  void deliver(TimePoint now);
  void tick(TimePoint now);
  void write_notes(TimePoint now);
  void publish();
  /// True when the end has come.
  [[nodiscard]] bool has_ended(TimePoint now);
  void sleep(TimePoint now);

  const RedisSettings settings_;
  const Platform platform_;
  const std::string place_;
  const WakeDescriptor wake_;
  const Logger log_;
  LogLimiter lines_;
  Resolver resolver_;
  ServerSocket socket_;
  ClientCore core_;
  std::vector<char> room_;     // Where bytes are read to.
  std::vector<Handed> taken_;  // Of handed_, in this round.
  bool is_readable_ = false;   // What the last sleep() found.
  bool is_writable_ = false;
  bool wants_write_ = false;  // The connection took less than there was.
  TimePoint tick_at_ = TimePoint::min();

  mutable std::mutex mutex_;
  std::vector<Handed> handed_;
  std::size_t handed_bytes_ = 0;
  bool is_asleep_ = false;
  std::optional<TimePoint> end_at_;
  RedisCounts counts_;  // As published last.
  std::uint64_t turned_away_ = 0;

  std::mutex end_mutex_;  // Who joins the thread.
  std::thread thread_;
  std::thread::id thread_id_;
};

}  // namespace troupe::redis
