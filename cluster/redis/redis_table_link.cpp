// The TableLink to a Redis server.
#include <algorithm>
#include <mutex>
#include <troupe/base/log.hpp>
#include <troupe/cluster/port/table_link.hpp>
#include <troupe/cluster/redis/table_commands.hpp>
#include <troupe/cluster/redis/table_scripts.hpp>
#include <troupe/persistence/redis/redis_client.hpp>
#include <utility>

namespace troupe::cluster {
namespace {

using redis::RedisClient;
using redis::ServerFacts;

/// What it says twice of itself names one history; a server that says nothing names none.
std::string name_of(const ServerFacts& facts) {
  if (facts.run_id.empty()) return "connection " + std::to_string(facts.connection);
  return facts.run_id + " " + facts.replication_id;
}

class RedisTableLink final : public TableLink {
 public:
  RedisTableLink(TableLinkSettings settings, const Platform& platform)
      : settings_(std::move(settings)),
        keys_(table_keys(settings_.cluster_name)),
        platform_(platform),
        log_(*platform_.log, settings_.node_name) {}

  [[nodiscard]] Result<void> start() {
    redis::RedisSettings client;
    client.url = settings_.url;
    client.scripts = table_scripts();
    client.command_timeout = client.silence_max = settings_.timeout;
    client.backoff_max =
        std::max(client.backoff_initial, std::min(client.backoff_max, settings_.timeout));
    client.on_connected = [this](const ServerFacts& facts) {
      connection_ = facts.connection;
      warn_of(facts);
      push(TableEvent{name_of(facts), std::nullopt});
    };
    auto started = RedisClient::start(std::move(client), platform_);
    if (!started.ok()) return started.error();
    client_ = *std::move(started);
    return {};
  }

  void send(const TableRequest& request) override {
    if (settings_.replicas > 0) return send_and_wait(request);
    const auto done = [this](const Result<redis::Reply>& reply) { push(read(reply)); };
    const Result<void> sent = client_->send(table_command(request, keys_), done);
    if (!sent.ok()) push(Result<TableAnswer>(sent.error()));
  }

  [[nodiscard]] std::vector<TableEvent> take_events() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(events_, {});
  }

  [[nodiscard]] const std::string& place() const noexcept override { return client_->place(); }

 private:
  struct Said {
    Result<TableAnswer> answer;
    std::uint64_t connection;
  };

  static Result<TableAnswer> read(const Result<redis::Reply>& reply) {
    return reply.ok() ? table_answer(*reply) : Result<TableAnswer>(reply.error());
  }

  /// WAIT is for all that was written before the last write of its connection, whoever wrote it. So
  /// it covers what a request has read, as each of a member's writes; a renewal does for one that
  /// only reads.
  void send_and_wait(TableRequest request) {
    if (request.kind == TableRequest::Kind::read) request.kind = TableRequest::Kind::renew;
    const auto said = std::make_shared<std::optional<Said>>();
    Result<void> sent = client_->send(table_command(request, keys_),
                                      [this, said](const Result<redis::Reply>& reply) {
                                        said->emplace(Said{read(reply), connection_});
                                      });
    if (sent.ok()) {
      sent = client_->send({"WAIT", std::to_string(settings_.replicas), std::to_string(wait_ms())},
                           [this, said](const Result<redis::Reply>& reply) {
                             push(said->has_value() ? copied(**said, reply) : not_in_order());
                           });
    }
    if (!sent.ok()) push(Result<TableAnswer>(sent.error()));
  }

  [[nodiscard]] std::int64_t wait_ms() const {
    using std::chrono::milliseconds;
    return std::max<std::int64_t>(
        1, std::chrono::duration_cast<milliseconds>(settings_.timeout / 2).count());
  }

  [[nodiscard]] Result<TableAnswer> copied(const Said& said,
                                           const Result<redis::Reply>& waited) const {
    if (!said.answer.ok()) return said.answer;
    if (!waited.ok()) return waited.error();
    if (said.connection != connection_) {  // It has waited for what another one has written.
      return Error(ErrorCode::node_unreachable, "the connection ended before replicas had it all");
    }
    const auto wanted = static_cast<std::int64_t>(settings_.replicas);
    if (waited->integer >= wanted) return said.answer;
    return Error(ErrorCode::timeout, std::to_string(waited->integer) + " of the " +
                                         std::to_string(wanted) +
                                         " replicas that it is to have have what it says");
  }

  /// A script that the server did not have was sent again, behind WAIT.
  [[nodiscard]] static Result<TableAnswer> not_in_order() {
    return Error(ErrorCode::timeout, "the server lacked a script, which it has now");
  }

  void push(Result<TableAnswer> answer) { push(TableEvent{std::nullopt, std::move(answer)}); }
  void push(TableEvent event) {
    {
      const std::lock_guard lock(mutex_);
      events_.push_back(std::move(event));
    }
    settings_.wake();
  }

  void warn_of(const ServerFacts& facts) {
    if (facts.run_id.empty() && !std::exchange(was_warned_of_silence_, true)) {
      log_.warn(
          "the Redis at {} does not say which server it is, as INFO is not permitted, so each "
          "connection counts as one to another server; permit INFO",
          facts.endpoint);
    }
    if (facts.may_evict()) {
      log_.warn(
          "the Redis at {} may drop the cluster's table when it is out of memory "
          "(maxmemory-policy {}); set noeviction",
          facts.endpoint, facts.eviction_policy);
    }
    if (settings_.replicas == 0 && facts.replicas > 0) {
      log_.warn(
          "the Redis at {} has {} replicas, and after a fail-over to one of them the cluster's "
          "table "
          "may lack what was written last; set cluster.redis_replicas",
          facts.endpoint, facts.replicas);
    }
    if (facts.role == "slave") {
      log_.warn(
          "the Redis at {} is a replica and takes no changes; name its master, or a "
          "Sentinel that knows it",
          facts.endpoint);
    }
  }

  const TableLinkSettings settings_;
  const std::vector<std::string> keys_;
  const Platform platform_;
  const Logger log_;
  std::uint64_t connection_ = 0;  // The client's thread.
  bool was_warned_of_silence_ = false;
  std::mutex mutex_;
  std::vector<TableEvent> events_;
  std::unique_ptr<RedisClient> client_;  // The last: its thread calls the rest.
};

}  // namespace

Result<std::unique_ptr<TableLink>> open_table_link(TableLinkSettings settings,
                                                   const Platform& platform) {
  auto link = std::make_unique<RedisTableLink>(std::move(settings), platform);
  if (auto started = link->start(); !started.ok()) return started.error();
  return Result<std::unique_ptr<TableLink>>(std::move(link));
}

Result<void> check_table_url(std::string_view url) {
  const auto parsed = redis::RedisUrl::parse(url);
  if (!parsed.ok()) return parsed.error();
  return {};
}

}  // namespace troupe::cluster
