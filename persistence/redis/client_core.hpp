// ClientCore: everything that a Redis client decides, without sockets, threads or a clock: when to
// dial whom, what to say, when a connection is of no use any more, and what becomes of commands.
//
//   state \ event   its time    connected   greeted     failed, ended,   READONLY (where a
//                                                       refused, hung    master is wanted)
//   resting         dialling    .           .           .                .
//   dialling        resting     greeting    .           resting          .
//   greeting        resting     .           ready       resting          .
//   ready           .           .           .           resting          resting
//   ended           .           .           .           .                .
//
// Where Sentinels know the server, dialling and greeting happen first with one of them, and then
// with the server that it names. A Sentinel that fails, is silent or does not know is followed at
// once by the next; after all of them, or where the named server fails, comes the rest. The next
// time the one is asked first whose server was ready, and the one after it where it was not.
//
// READONLY from a server that Sentinels know, or where settings want a master, means that it is
// none any more: nothing more is sent to it, and it is left when all that was sent is answered.
//
// A refusal (password, database, ACL, or accepts()) fails what waits and goes to rest like any
// other failure, as it may be mended on the server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <troupe/base/clock.hpp>
#include <troupe/base/log.hpp>
#include <troupe/base/random.hpp>
#include <troupe/persistence/redis/back_off.hpp>
#include <troupe/persistence/redis/greeting.hpp>
#include <troupe/persistence/redis/pipeline.hpp>
#include <troupe/persistence/redis/redis_settings.hpp>
#include <troupe/persistence/redis/redis_url.hpp>
#include <troupe/persistence/redis/reply_reader.hpp>
#include <vector>

namespace troupe::redis {

struct ConnectionCounts {
  std::uint64_t connections = 0;   ///< Those that became ready.
  std::uint64_t lost = 0;          ///< Of these, those that ended.
  std::uint64_t hung = 0;          ///< Of those lost: given up for silence.
  std::uint64_t failed_tries = 0;  ///< That became no connection.
  std::uint64_t refused = 0;       ///< Of the failed tries: by the server, or by accepts().
  std::uint64_t bytes_read = 0;
};

/// Owner only.
class ClientCore {
 public:
  enum class State : std::uint8_t { resting, dialling, greeting, ready, ended };

  /// A line for the log.
  struct Note {
    LogLevel level;
    std::string text;
  };

  /// Dials at once. The settings must have passed check(), and outlive this.
  ClientCore(const RedisSettings& settings, RedisUrl url, Random& random, TimePoint now);

  void submit(Command command, Done done, TimePoint deadline) {
    pipeline_.submit(std::move(command), std::move(done), deadline);
  }

  // What happened. Each is for the connection, or the dial, that was asked for last.
  void connected(TimePoint now);
  void connect_failed(std::string_view why, TimePoint now);
  void received(std::string_view bytes, TimePoint now);
  void written(std::size_t bytes, TimePoint now);
  void connection_ended(std::string_view why, TimePoint now);
  void advance(TimePoint now);
  /// Fails everything that waits, and hangs up.
  void end(TimePoint now);

  // What to do. Hang up first, then dial.
  [[nodiscard]] bool take_hang_up() noexcept { return std::exchange(hang_up_, false); }
  [[nodiscard]] std::optional<Endpoint> take_dial() noexcept {
    return std::exchange(dial_, std::nullopt);
  }
  /// The bytes to write now; ask again after written().
  [[nodiscard]] std::string_view output();
  /// When advance() must be called at the latest.
  [[nodiscard]] TimePoint deadline() const noexcept;
  [[nodiscard]] std::vector<Pipeline::Outcome> take_outcomes() { return pipeline_.take_outcomes(); }
  [[nodiscard]] std::vector<Note> take_notes() noexcept { return std::exchange(notes_, {}); }
  /// Of a connection that became ready since the last call; to be told before any outcome.
  [[nodiscard]] std::optional<ServerFacts> take_facts() noexcept {
    return std::exchange(facts_, std::nullopt);
  }

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] const Pipeline& pipeline() const noexcept { return pipeline_; }
  [[nodiscard]] const ConnectionCounts& counts() const noexcept { return counts_; }
  /// When the try that is under way is given up: what a dial may take.
  [[nodiscard]] TimePoint try_until() const noexcept { return until_; }

 private:
  void dial(TimePoint now);
  void dial_server(Endpoint endpoint, TimePoint now);
  void take_greeting(const Reply& reply, TimePoint now);
  void refuse(const std::string& reason, TimePoint now);
  void become_ready(TimePoint now);
  void take_reply(Reply reply, TimePoint now);
  void fail_try(std::string_view why, TimePoint now);
  void lose(const std::string& why, ErrorCode code, TimePoint now);
  void rest(TimePoint now);
  void hang_up() noexcept;
  [[nodiscard]] std::string place() const;
  void note(LogLevel level, std::string text) { notes_.push_back({level, std::move(text)}); }

  const RedisSettings& settings_;
  const RedisUrl url_;
  Random& random_;
  Pipeline pipeline_;
  BackOff back_off_;
  State state_ = State::resting;
  TimePoint until_;  // Resting, dialling, greeting: when that ends.
  TimePoint ready_at_{};
  Endpoint endpoint_;         // That is dialled or connected.
  bool is_sentinel_ = false;  // It is a Sentinel.
  std::size_t sentinel_ = 0;  // Which is asked first, or now.
  std::size_t sentinels_left_ = 0;
  std::optional<Greeting> greeting_;
  std::size_t greeted_bytes_ = 0;  // Of the greeting, what is written.
  std::optional<ReplyReader> reader_;
  std::string life_;  // Of the server that was ready last.
  std::string why_not_connected_ = "no connection yet";
  bool hang_up_ = false;
  std::optional<Endpoint> dial_;
  std::optional<ServerFacts> facts_;
  std::vector<Note> notes_;
  ConnectionCounts counts_;
};

}  // namespace troupe::redis
