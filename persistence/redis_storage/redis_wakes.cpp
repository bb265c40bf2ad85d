#include <troupe/persistence/redis_storage/redis_wakes.hpp>

#include <algorithm>
#include <cstdlib>
#include <troupe/persistence/redis/command_text.hpp>
#include <utility>
#include <vector>

namespace troupe::persistence {
namespace {

// How long the server holds a question back.
constexpr Duration held_for = std::chrono::seconds(5);
constexpr Duration held_at_most = std::chrono::seconds(10);
constexpr std::string_view stream = "wake";

// The first pause before it is asked again after a failure; doubled each time.
constexpr Duration wake_pause_first = std::chrono::milliseconds(200);
constexpr Duration wake_pause_max = std::chrono::seconds(5);
constexpr Duration tick = std::chrono::seconds(1);

/// An id before all that the server gives from now on: the same millisecond has more to come.
std::string id_of(const Result<redis::Reply>& time) {
  if (!time.ok() || time->elements.size() != 2) return "0-0";
  const std::uint64_t now =
      number_in(time->elements[0]) * 1'000 + number_in(time->elements[1]) / 1'000;
  return std::to_string(now - 1) + "-0";
}

}  // namespace

RedisWakes::RedisWakes(const RedisStorageSettings& settings, const Platform& platform,
                       redis::RedisClient& client, std::function<void(std::string_view queue)> wake,
                       std::function<void()> sweep)
    : cluster_(settings.cluster),
      sweep_interval_(settings.sweep_interval),
      platform_(platform),
      wake_(std::move(wake)),
      sweep_(std::move(sweep)) {
  seen_.fill(id_of(client.call({"TIME"})));
  sweep_at_ = later(platform_.clock->now(), sweep_interval_);
  redis::RedisSettings own = settings.redis;
  own.name += "-wake";
  own.command_timeout = own.silence_max = held_at_most;
  own.on_connected = [this](const redis::ServerFacts&) {
    if (++connections_ > 1) is_known_ = false;
  };
  own.tick = std::min(tick, sweep_interval_);
  own.on_tick = [this] { look(); };
  auto started = redis::RedisClient::start(std::move(own), platform_);
  if (!started) return;
  owned_ = std::move(*started);
  client_ = owned_.get();
}

/// Again and again.
void RedisWakes::look() {
  if (client_ == nullptr) return;
  const TimePoint now = platform_.clock->now();
  if (!waits_ && now >= again_at_) is_known_ ? ask() : begin();
  if (now < sweep_at_) return;
  // Between a half and the whole of the interval: not all nodes at once.
  const auto early =
      std::chrono::duration_cast<Duration>(sweep_interval_ / 2 * platform_.random->unit());
  sweep_at_ = later(now, sweep_interval_ - early);
  sweep_();
}

/// The ids of another connection may be of another clock, and what came meanwhile may be gone.
void RedisWakes::begin() {
  waits_ = true;
  const auto take = [this](const Result<redis::Reply>& time) {
    waits_ = false;
    if (!time.ok()) return failed();
    seen_.fill(id_of(time));
    is_known_ = true;
    ask();
    sweep_();
  };
  if (!client_.load()->send({"TIME"}, take)) failed();
}

void RedisWakes::failed() {
  waits_ = is_known_ = false;
  pause_ = std::clamp(times(2, pause_), wake_pause_first, wake_pause_max);
  again_at_ = later(platform_.clock->now(), pause_);
}

void RedisWakes::ask() {
  const auto held = std::chrono::duration_cast<std::chrono::milliseconds>(held_for);
  std::vector<std::string> words = {"XREAD", "BLOCK", std::to_string(held.count()),
                                    "COUNT", "1000",  "STREAMS"};
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    words.push_back(bucket_begin(cluster_, bucket) + std::string(stream));
  }
  words.insert(words.end(), seen_.begin(), seen_.end());
  const std::vector<std::string_view> views(words.begin(), words.end());
  waits_ = true;
  const auto take = [this](const Result<redis::Reply>& reply) { this->take(reply); };
  if (!client_.load()->send(redis::Command(views), take)) failed();
}

void RedisWakes::take(const Result<redis::Reply>& reply) {
  waits_ = false;
  if (!reply.ok()) return failed();
  pause_ = Duration::zero();
  for (const redis::Reply& one : reply->elements) {
    if (one.elements.size() != 2) continue;
    const std::string& key = one.elements[0].text;
    const std::size_t open = key.find('{');
    const std::size_t bucket =
        open == std::string::npos ? buckets : std::strtoul(key.c_str() + open + 1, nullptr, 10);
    for (const redis::Reply& item : one.elements[1].elements) {
      if (item.elements.size() != 2 || item.elements[1].elements.size() != 2) continue;
      if (bucket < buckets) seen_[bucket] = item.elements[0].text;
      wake_(item.elements[1].elements[1].text);
    }
  }
  is_known_ ? ask() : begin();
}

void RedisWakes::close() {
  if (owned_ != nullptr) owned_->close(Duration::zero());
}

}  // namespace troupe::persistence
