// Greeting: what is said on a new connection before any command, and what the answers mean. Pure.
//
//   to a server     AUTH, SELECT, CLIENT SETNAME, PING, [ROLE,] INFO, [CONFIG GET appendfsync,]
//                   SCRIPT LOAD of each script
//   to a Sentinel   SENTINEL get-master-addr-by-name
//
// All of it is sent at once. PING tells whether this is a Redis, and one that serves already; ROLE,
// where Sentinels named the server, whether it knows itself that it is the master.
#pragma once

#include <cstdint>
#include <string>
#include <troupe/persistence/redis/redis_settings.hpp>
#include <troupe/persistence/redis/redis_url.hpp>
#include <troupe/persistence/redis/reply.hpp>
#include <troupe/persistence/redis/server_facts.hpp>
#include <vector>

namespace troupe::redis {

/// Owner only. One per connection.
class Greeting {
 public:
  enum class Verdict : std::uint8_t {
    more,     ///< Other answers are to come.
    done,     ///< The connection can be used; or the Sentinel has answered.
    failed,   ///< For now: see reason().
    refused,  ///< It will be so until somebody changes settings, here or there: see reason().
  };

  [[nodiscard]] static Greeting to_server(const RedisUrl& url, const RedisSettings& settings);
  [[nodiscard]] static Greeting to_sentinel(const RedisUrl& url);

  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
  [[nodiscard]] Verdict take(const Reply& reply);

  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
  /// What the server said of itself.
  [[nodiscard]] ServerFacts& facts() noexcept { return facts_; }
  /// Where the Sentinel says that the master is.
  [[nodiscard]] const Endpoint& master() const noexcept { return master_; }

 private:
  enum class Step : std::uint8_t { auth, select, name, ping, role, info, sync, script, master };

  void add(Step step, const Command& command);
  [[nodiscard]] Verdict check(Step step, const Reply& reply);
  [[nodiscard]] Verdict check_master(const Reply& reply);
  [[nodiscard]] Verdict check_role(const Reply& reply);
  [[nodiscard]] Verdict give_up(Verdict verdict, const std::string& reason);

  std::string bytes_;
  std::vector<Step> steps_;
  std::size_t taken_ = 0;
  std::string reason_;
  ServerFacts facts_;
  Endpoint master_;
};

}  // namespace troupe::redis
