#include <troupe/persistence/redis/client_core.hpp>

#include <algorithm>
#include <troupe/base/printable.hpp>
#include <troupe/persistence/redis/redis_failure.hpp>
#include <utility>

namespace troupe::redis {
namespace {

// A connection that has lasted so long was a good one: the next pause is a short one again.
constexpr Duration proven_after = std::chrono::seconds(1);

}  // namespace

ClientCore::ClientCore(const RedisSettings& settings, RedisUrl url, Random& random, TimePoint now)
    : settings_(settings),
      url_(std::move(url)),
      random_(random),
      pipeline_({.in_flight_max = settings.in_flight_max, .silence_max = settings.silence_max}),
      back_off_(settings.backoff_initial, settings.backoff_max) {
  dial(now);
}

void ClientCore::dial(TimePoint now) {
  if (!url_.by_sentinel()) return dial_server(url_.endpoints.front(), now);
  if (sentinels_left_ == 0) sentinels_left_ = url_.endpoints.size();
  dial_server(url_.endpoints[sentinel_], now);
  is_sentinel_ = true;
}

void ClientCore::dial_server(Endpoint endpoint, TimePoint now) {
  is_sentinel_ = false;
  endpoint_ = std::move(endpoint);
  dial_ = endpoint_;
  state_ = State::dialling;
  until_ = later(now, settings_.connect_timeout);
}

void ClientCore::connected(TimePoint /*now*/) {
  if (state_ != State::dialling) return;
  state_ = State::greeting;
  reader_.emplace(settings_.reply_bytes_max);
  greeting_ = is_sentinel_ ? Greeting::to_sentinel(url_) : Greeting::to_server(url_, settings_);
  greeted_bytes_ = 0;
}

void ClientCore::connect_failed(std::string_view why, TimePoint now) {
  if (state_ == State::dialling) fail_try(why, now);
}

std::string_view ClientCore::output() {
  if (state_ == State::ready) return pipeline_.output();
  if (state_ != State::greeting) return {};
  return std::string_view(greeting_->bytes()).substr(greeted_bytes_);
}

void ClientCore::written(std::size_t bytes, TimePoint now) {
  if (state_ == State::greeting) greeted_bytes_ += bytes;
  if (state_ == State::ready) pipeline_.written(bytes, now);
}

void ClientCore::received(std::string_view bytes, TimePoint now) {
  counts_.bytes_read += bytes.size();
  while (!bytes.empty() && (state_ == State::greeting || state_ == State::ready)) {
    const std::string_view beginning = bytes.substr(0, 60);
    bytes.remove_prefix(reader_->feed(bytes));
    while (state_ == State::greeting || state_ == State::ready) {
      Reply reply;
      const ReplyReader::Found found = reader_->next(reply);
      if (found == ReplyReader::Found::nothing) break;
      if (found == ReplyReader::Found::reply) {
        state_ == State::ready ? take_reply(std::move(reply), now) : take_greeting(reply, now);
        continue;
      }
      const bool nonsense = found == ReplyReader::Found::nonsense;
      const std::string why = nonsense ? "it does not speak Redis' protocol (" + reader_->reason() +
                                             "): '" + printable(beginning, 100) + "'"
                                       : reader_->reason();
      if (state_ == State::greeting) {
        fail_try(why, now);
      } else {
        lose(why, nonsense ? ErrorCode::node_unreachable : ErrorCode::frame_too_large, now);
      }
    }
  }
}

void ClientCore::take_greeting(const Reply& reply, TimePoint now) {
  switch (greeting_->take(reply)) {
    case Greeting::Verdict::more: return;
    case Greeting::Verdict::failed: return fail_try(greeting_->reason(), now);
    case Greeting::Verdict::refused: return refuse(std::string(greeting_->reason()), now);
    case Greeting::Verdict::done: break;
  }
  if (!is_sentinel_) {
    ServerFacts& facts = greeting_->facts();
    facts.connection = counts_.connections + 1;
    facts.endpoint = endpoint_.to_string();
    const Result<void> accepted = settings_.accepts ? settings_.accepts(facts) : Result<void>();
    return accepted ? become_ready(now) : refuse(accepted.error().context(), now);
  }
  sentinels_left_ = 0;
  Endpoint master = greeting_->master();
  hang_up();
  dial_server(std::move(master), now);
}

void ClientCore::refuse(const std::string& reason, TimePoint now) {
  ++counts_.refused;
  fail_try(reason, now);
  pipeline_.fail_unsent(ErrorCode::refused, reason);
}

void ClientCore::become_ready(TimePoint now) {
  state_ = State::ready;
  ready_at_ = now;
  facts_ = std::move(greeting_->facts());
  ++counts_.connections;
  greeting_.reset();
  std::string life = facts_->run_id + ' ' + facts_->replication_id;
  if (settings_.keeps_to_one_life && !life_.empty() && life != life_) {
    pipeline_.fail_unsent(ErrorCode::cancelled, "the server was started anew, or is another one");
  }
  life_ = std::move(life);
  why_not_connected_.clear();
  note(LogLevel::info,
       "connected to " + place() +
           (facts_->known ? ", Redis " + facts_->version + ", " + facts_->role : std::string()));
}

void ClientCore::take_reply(Reply reply, TimePoint now) {
  const bool demoted = (url_.by_sentinel() || settings_.needs_master) &&
                       reply.kind == Reply::Kind::error && reply.text.starts_with("READONLY");
  if (!pipeline_.received(std::move(reply), now)) {
    return lose("it answered what it was not asked", ErrorCode::node_unreachable, now);
  }
  if (demoted) pipeline_.pause();
  if (pipeline_.is_drained()) lose("it is no master any more", ErrorCode::node_unreachable, now);
}

void ClientCore::connection_ended(std::string_view why, TimePoint now) {
  if (state_ == State::greeting) {
    fail_try(why, now);
  } else if (state_ == State::ready) {
    lose(std::string(why), ErrorCode::node_unreachable, now);
  }
}

void ClientCore::lose(const std::string& why, ErrorCode code, TimePoint now) {
  ++counts_.lost;
  if (now - ready_at_ >= proven_after) back_off_.reset();
  const std::string reason = "the connection to " + place() + " ended: " + why;
  note(LogLevel::warn, reason);
  pipeline_.connection_ended(code, reason);
  why_not_connected_ = reason;
  rest(now);
}

void ClientCore::fail_try(std::string_view why, TimePoint now) {
  ++counts_.failed_tries;
  std::string reason =
      "no connection to " + place() + (is_sentinel_ ? " (Sentinel): " : ": ") + printable(why);
  // Each try may fail for the same reason, many times a second.
  note(reason == why_not_connected_ ? LogLevel::debug : LogLevel::warn, reason);
  why_not_connected_ = std::move(reason);
  hang_up();
  sentinel_ = (sentinel_ + 1) % url_.endpoints.size();
  if (is_sentinel_ && --sentinels_left_ > 0) return dial(now);
  sentinels_left_ = 0;
  rest(now);
}

void ClientCore::rest(TimePoint now) {
  hang_up();
  state_ = State::resting;
  until_ = later(now, back_off_.next(random_));
}

void ClientCore::hang_up() noexcept {
  hang_up_ = true;
  dial_.reset();
  greeting_.reset();
}

void ClientCore::advance(TimePoint now) {
  if (state_ == State::ended) return;
  // A connection that hangs is given up before what is due on it fails one by one.
  if (state_ == State::ready && pipeline_.is_hung(now)) {
    pipeline_.expire(now, {});
    ++counts_.hung;
    lose("it said nothing for " +
             std::to_string(
                 std::chrono::duration_cast<std::chrono::milliseconds>(settings_.silence_max)
                     .count()) +
             " ms while a command waited",
         ErrorCode::node_unreachable, now);
  }
  if (state_ != State::ready && now >= until_) {
    if (state_ == State::resting) {
      dial(now);
    } else {
      fail_try(state_ == State::dialling ? "it could not be reached in time"
                                         : "it did not answer the greeting in time",
               now);
    }
  }
  pipeline_.expire(now, why_not_connected_);
}

void ClientCore::end(TimePoint /*now*/) {
  if (state_ == State::ended) return;
  const std::string reason = "the Redis client has ended";
  pipeline_.connection_ended(ErrorCode::shutdown, reason);
  pipeline_.fail_unsent(ErrorCode::shutdown, reason);
  hang_up();
  state_ = State::ended;
}

TimePoint ClientCore::deadline() const noexcept {
  if (state_ == State::ended) return TimePoint::max();
  if (state_ == State::ready) return pipeline_.deadline();
  return std::min(until_, pipeline_.deadline());
}

std::string ClientCore::place() const { return printable(endpoint_.to_string()); }

}  // namespace troupe::redis
