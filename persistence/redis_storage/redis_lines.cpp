#include <troupe/persistence/redis_storage/redis_lines.hpp>

#include <algorithm>
#include <atomic>
#include <troupe/persistence/redis/command_text.hpp>
#include <troupe/persistence/redis/redis_failure.hpp>
#include <troupe/persistence/redis_storage/journal_scripts.hpp>
#include <troupe/persistence/redis_storage/queue_scripts.hpp>
#include <troupe/persistence/redis_storage/redis_wakes.hpp>
#include <troupe/persistence/redis_storage/storage_keys.hpp>
#include <troupe/persistence/rules/journal_ledger.hpp>
#include <troupe/persistence/rules/operation_access.hpp>
#include <troupe/persistence/rules/queue_ledger.hpp>
#include <troupe/persistence/rules/request_rules.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

/// What became of a request that the client or the server has failed.
void failed(Operation& operation, const Error& error) {
  const bool may_be_done = !error.definitely_not_executed() && writes(operation);
  if (redis::server_code(error) == "OOM") {
    answered(operation, Stored::storage_full, error.context());
  } else {
    answered(operation, may_be_done ? Stored::unknown : Stored::unavailable, error.to_string());
  }
}

bool is_for_another_life(const Error& error) {
  return error.code() == ErrorCode::cancelled && error.definitely_not_executed();
}

/// What an owner asks, or a sender of its node: with what it was told before in mind.
template <class Request>
constexpr bool is_of_owner =
    std::is_same_v<Request, ClaimQueue> || std::is_same_v<Request, AppendBatch> ||
    std::is_same_v<Request, ReadQueue> || std::is_same_v<Request, SettleBatch>;

/// Brings what buckets have into the order of the whole.
void put_in_order(ListQueues& request) {
  std::ranges::sort(request.queues, {}, &QueueState::name);
  request.is_end = request.queues.size() <= request.queues_max;
  if (!request.is_end) request.queues.resize(request.queues_max);
}

void put_in_order(ListJournals& request) {
  std::ranges::sort(request.journals, {}, &JournalState::key);
  request.is_end = request.journals.size() <= request.journals_max;
  if (!request.is_end) request.journals.resize(request.journals_max);
}

}  // namespace

Result<std::unique_ptr<RedisLines>> RedisLines::open(RedisStorageSettings settings,
                                                     Platform platform) {
  if (Result<void> checked = check(settings); !checked) return checked.error();
  std::unique_ptr<RedisLines> self(new RedisLines(std::move(settings), std::move(platform)));
  if (Result<void> connected = self->connect(); !connected) return connected.error();
  return self;
}

RedisLines::RedisLines(RedisStorageSettings settings, Platform platform)
    : settings_(std::move(settings)),
      platform_(std::move(platform)),
      log_(*platform_.log, "storage"),
      place_{
          .cluster = settings_.cluster,
          .limits = settings_.limits,
          .lease_ms = static_cast<std::uint64_t>(
              std::chrono::duration_cast<std::chrono::milliseconds>(settings_.owner_lease).count()),
          .sender = hex_text(platform_.random->next())},
      leases_(settings_.cluster, settings_.owner_lease, *platform_.clock) {}

RedisLines::~RedisLines() { close(Duration::zero()); }

Result<void> RedisLines::connect() {
  redis::RedisSettings settings = client_settings(settings_);
  settings.scripts = queue_scripts().all();
  for (const redis::Script& script : journal_scripts().all()) settings.scripts.push_back(script);
  settings.accepts = [this](const redis::ServerFacts& facts) { return accept(facts); };
  settings.on_connected = [this](const redis::ServerFacts& /*facts*/) { connected(); };
  settings.on_tick = [this] { renew_leases(); };
  Result<std::unique_ptr<redis::RedisClient>> client =
      redis::RedisClient::start(std::move(settings), platform_);
  if (!client) return client.error();
  client_ = std::move(*client);
  renewing_ = client_.get();
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, waitable(settings_.redis.connect_timeout), [this] { return is_known_; });
  if (!is_known_) {
    return Error(ErrorCode::node_unreachable, client_->place() + " does not answer",
                 Execution::not_executed);
  }
  if (!why_away_.empty()) return bad_setting(why_away_);
  return {};
}

void RedisLines::take(Operation& operation) {
  leases_.renew(*client_);
  const auto [what, name] = subject(operation);
  std::string key = std::string(what) + ' ' + std::string(name);
  Line* line = nullptr;
  {
    const std::lock_guard lock(mutex_);
    answered(operation, Stored::unknown);
    into_range(operation);
    operation.next = nullptr;
    const std::size_t bytes = added_bytes(operation);
    if (is_closed_) {
      answered(operation, Stored::unavailable, "the storage is closed");
    } else if (!why_away_.empty()) {
      answered(operation, Stored::unavailable, why_away_);
    } else if (adds(operation) && (counts_.waiting >= limits().waiting_max ||
                                   counts_.waiting_bytes + bytes > limits().waiting_bytes_max)) {
      answered(operation, Stored::unavailable, "too much waits for storage");
    }
    ++counts_.waiting;
    counts_.waiting_bytes += bytes;
    std::unique_ptr<Line>& found = lines_[key];
    const bool is_busy = found != nullptr;
    if (!is_busy) found.reset(new Line{.name = std::move(key)});
    (found->first == nullptr ? found->first : found->last->next) = &operation;
    found->last = &operation;
    if (is_busy) return;
    line = found.get();
  }
  run(*line);
}

/// Until one is under way, or none is left.
void RedisLines::run(Line& line) {
  while (true) {
    Operation* operation = nullptr;
    {
      const std::lock_guard lock(mutex_);
      operation = line.first;
      if (operation == nullptr) {
        lines_.erase(lines_.find(line.name));
        if (lines_.empty()) changed_.notify_all();
        return;
      }
    }
    if (start(line, *operation)) return;
    finish(line);
  }
}

void RedisLines::done(Line& line) {
  finish(line);
  run(line);
}

void RedisLines::finish(Line& line) {
  Operation* operation = nullptr;
  std::string gone_back;
  {
    const std::lock_guard lock(mutex_);
    operation = line.first;
    line.first = operation->next;
    --counts_.waiting;
    counts_.waiting_bytes -= added_bytes(*operation);
    book(*operation);
    if (claimed_.note(*operation)) gone_back = subject(*operation).second;
  }
  operation->complete();  // It may be destroyed by this.
  if (!gone_back.empty()) wake(gone_back);
}

void RedisLines::book(Operation& operation) {
  ++counts_.answers[static_cast<std::size_t>(operation.outcome)];
  ++counts_.groups;
  if (operation.outcome != Stored::stored) return;
  visit(operation, [this](auto& one) {
    using Request = std::remove_reference_t<decltype(one)>;
    if constexpr (std::is_same_v<Request, AppendBatch>) {
      counts_.messages += one.taken;
      counts_.producers_forgotten += one.forgotten;
    } else if constexpr (std::is_same_v<Request, SettleBatch>) {
      counts_.letters_forgotten += one.forgotten;
    } else if constexpr (std::is_same_v<Request, HandleDeadLetters>) {
      const bool replays = one.action == HandleDeadLetters::Action::replay;
      counts_.messages += replays ? one.handled : 0;
    } else if constexpr (std::is_same_v<Request, AppendEvents>) {
      counts_.events += one.events.size();
    } else if constexpr (requires { one.gone; }) {  // A claim.
      leases_.add(one.incarnation);
    }
  });
}

bool RedisLines::start(Line& line, Operation& operation) {
  if (operation.outcome == Stored::unavailable) return false;
  const auto [what, name] = subject(operation);
  if (!what.empty() && !has_name(operation, what, name)) return false;
  return visit(operation, [&](auto& one) {
    using Request = std::remove_reference_t<decltype(one)>;
    if constexpr (requires { makes_sense(one, limits()); }) {
      if (!makes_sense(one, limits())) return false;
    }
    if constexpr (is_of_owner<Request>) {
      if (claimed_.doubted(one.queue)) return restore(line, one, one.queue, 0);
    }
    if constexpr (requires { known_command(one, place_); }) {
      return ask_adding(line, one);
    } else if constexpr (std::is_same_v<Request, ReadTag>) {
      if (one.after.size() != buckets && !one.after.empty()) {
        return answered(one, Stored::refused, tag_is_behind(one.tag));
      }
      one.events.clear();
      one.through = one.after;
      one.through.resize(buckets);
      one.is_end = true;
      return read_tag(line, one, 0);
    } else if constexpr (std::is_same_v<Request, BackUp>) {
      return answered(one, Stored::refused,
                      "a Redis server makes its backups itself: copy its RDB or append-only files");
    } else if constexpr (requires { command_for(one, place_, claims_); }) {
      return ask(line, one, command_for(one, place_, ++claims_),
                 [&one](const redis::Reply& reply) { take_reply(one, reply); });
    } else if constexpr (requires { command_for(one, place_); }) {
      return ask(line, one, command_for(one, place_),
                 [&one](const redis::Reply& reply) { take_reply(one, reply); });
    } else {
      return gather(line, one);
    }
  });
}

bool RedisLines::ask(Line& line, Operation& operation, redis::Command command, Take take) {
  const Result<void> sent = client_->send(
      std::move(command),
      [this, &line, &operation, take = std::move(take)](const Result<redis::Reply>& reply) {
        if (reply.ok()) {
          take(*reply);
        } else {
          if (is_for_another_life(reply.error())) return again(line, operation);
          failed(operation, reply.error());
        }
        done(line);
      });
  if (!sent) failed(operation, sent.error());
  return sent.ok();
}

/// It was made for a life of the server that is over, and nothing of it was sent.
void RedisLines::again(Line& line, Operation& operation) {
  if (!start(line, operation)) done(line);
}

/// Before anything else of the queue is asked of a server that may have lost the end of it.
bool RedisLines::restore(Line& line, Operation& operation, const std::string& queue,
                         std::uint64_t step) {
  const ClaimedQueue known = claimed_.doubted(queue).value_or(ClaimedQueue());
  const auto take = [this, &line, &operation, queue](const Result<redis::Reply>& reply) {
    const Restored restored = reply.ok() ? restored_in(queue, *reply) : Restored();
    switch (restored.verdict) {
      case Restored::Verdict::restored: claimed_.restored(restored.state); break;
      case Restored::Verdict::fenced: claimed_.forget(queue); break;
      case Restored::Verdict::more:
        if (!restore(line, operation, queue, restored.step)) done(line);
        return;
      case Restored::Verdict::strange:
        if (!reply.ok() && is_for_another_life(reply.error())) break;
        answered(operation, Stored::unavailable,
                 reply.ok() ? "the server has restored a queue with other words"
                            : reply.error().to_string());
        return done(line);
    }
    again(line, operation);
  };
  const Result<void> sent = client_->send(restore_command(queue, known, step, place_), take);
  if (!sent) failed(operation, sent.error());
  return sent.ok();
}

/// Where the server's memory is used up it refuses a repetition as well: it is asked about then.
template <class Request>
bool RedisLines::ask_adding(Line& line, Request& request) {
  const auto take = [&request](const redis::Reply& reply) { take_reply(request, reply); };
  const Result<void> sent =
      client_->send(command_for(request, place_),
                    [this, &line, &request, take](const Result<redis::Reply>& reply) {
                      if (!reply.ok() && redis::server_code(reply.error()) == "OOM") {
                        if (!ask(line, request, known_command(request, place_), take)) done(line);
                        return;
                      }
                      if (reply.ok()) {
                        take(*reply);
                      } else {
                        if (is_for_another_life(reply.error())) return again(line, request);
                        failed(request, reply.error());
                      }
                      done(line);
                    });
  if (!sent) failed(request, sent.error());
  return sent.ok();
}

/// Answers that are on their way; the last one ends it.
struct RedisLines::Gathering {
  std::atomic<std::size_t> left{buckets + 1};
  std::atomic<bool> has_failed{false};
};

template <class Request>
bool RedisLines::gather(Line& line, Request& request) {
  const auto gathering = std::make_shared<Gathering>();
  if constexpr (requires { request.queues; }) {
    request.queues.clear();
  } else {
    request.journals.clear();
  }
  answered(request, Stored::stored);
  const auto is_last = [&request, gathering] {
    if (--gathering->left > 0) return false;
    if (gathering->has_failed) {
      answered(request, Stored::unavailable, "not all buckets have answered");
    } else {
      put_in_order(request);
    }
    return true;
  };
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    const Result<void> sent = client_->send(
        command_for(request, bucket, place_),
        [this, &line, &request, gathering, is_last](const Result<redis::Reply>& reply) {
          if (!reply.ok() || !add_reply(request, *reply)) gathering->has_failed = true;
          if (is_last()) done(line);
        });
    if (!sent) {
      gathering->has_failed = true;
      --gathering->left;
    }
  }
  return !is_last();
}

bool RedisLines::read_tag(Line& line, ReadTag& request, std::size_t bucket) {
  const Result<void> sent =
      client_->send(command_for(request, bucket, place_),
                    [this, &line, &request, bucket](const Result<redis::Reply>& reply) {
                      if (!reply.ok()) {
                        failed(request, reply.error());
                      } else if (add_reply(request, bucket, *reply)) {
                        answered(request, Stored::stored);
                        if (bucket + 1 < buckets && read_tag(line, request, bucket + 1)) return;
                      }
                      done(line);
                    });
  if (!sent) failed(request, sent.error());
  return sent.ok();
}

void RedisLines::close(Duration timeout) {
  {
    std::unique_lock lock(mutex_);
    is_closed_ = true;
    changed_.wait_for(lock, waitable(timeout), [this] { return lines_.empty(); });
  }
  if (wakes_ != nullptr) wakes_->close();
  if (client_ != nullptr) client_->close(Duration::zero());
}

StorageCounts RedisLines::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace troupe::persistence
