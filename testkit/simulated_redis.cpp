#include <troupe/testkit/simulated_redis.hpp>

#include <utility>

namespace troupe::testkit {

class SimulatedRedis::Link final : public cluster::TableLink {
 public:
  Link(SimulatedRedis& redis, std::shared_ptr<Wire> wire) : redis_(redis), wire_(std::move(wire)) {}
  ~Link() override { wire_->is_open = false; }

  void send(const cluster::TableRequest& request) override { redis_.ask(wire_, request); }
  [[nodiscard]] std::vector<cluster::TableEvent> take_events() override {
    return std::exchange(wire_->events, {});
  }
  [[nodiscard]] const std::string& place() const noexcept override { return wire_->settings.url; }

 private:
  SimulatedRedis& redis_;
  const std::shared_ptr<Wire> wire_;
};

SimulatedRedis::SimulatedRedis(SteppedWorld& world, std::uint64_t seed)
    : world_(world), random_(seed) {
  world_.add(*this);
}

SimulatedRedis::~SimulatedRedis() { world_.remove(*this); }

void SimulatedRedis::stop() {
  is_running_ = false;
  is_paused_ = false;
  held_.clear();
}

void SimulatedRedis::start() {
  stop();
  is_running_ = true;
  ++life_;
}

void SimulatedRedis::start_empty() { start_with({}); }

void SimulatedRedis::start_with(Tables tables) {
  start();
  tables_ = std::move(tables);
}

void SimulatedRedis::pause() { is_paused_ = true; }

void SimulatedRedis::resume() {
  is_paused_ = false;
  for (const auto& event : std::exchange(held_, {})) after({}, event);
}

Result<std::unique_ptr<cluster::TableLink>> SimulatedRedis::open(
    cluster::TableLinkSettings settings) {
  auto wire = std::make_shared<Wire>();
  wire->settings = std::move(settings);
  std::unique_ptr<cluster::TableLink> link = std::make_unique<Link>(*this, std::move(wire));
  return link;
}

void SimulatedRedis::ask(const std::shared_ptr<Wire>& wire, cluster::TableRequest request) {
  const std::uint64_t number = ++wire->asked;
  wire->is_waiting = true;
  after(wire->settings.timeout, [this, wire, number] {
    answer(*wire, number, Error(ErrorCode::timeout, "no answer in time", Execution::unknown));
  });
  after(delay(),
        [this, wire, number, request = std::move(request)] { take(wire, number, request); });
}

/// It may have been given up by then, and is executed all the same.
void SimulatedRedis::take(const std::shared_ptr<Wire>& wire, std::uint64_t number,
                          const cluster::TableRequest& request) {
  if (!is_running_ || is_cut(*wire)) return;
  if (is_paused_) {
    return held_.push_back([this, wire, number, request] { take(wire, number, request); });
  }
  const auto said =
      words_.empty()
          ? Result<cluster::TableAnswer>(tables_[wire->settings.cluster_name].handle(request))
          : Result<cluster::TableAnswer>(Error(ErrorCode::refused, words_));
  if (random_.unit() < loss_) return;
  after(delay(), [this, wire, number, life = life_, said] {
    const bool is_late = !wire->is_waiting || number != wire->asked;
    if (is_late || is_cut(*wire) || !is_running_ || life != life_) return;
    if (std::exchange(wire->server, life) != life) {
      wire->events.push_back({"life " + std::to_string(life), std::nullopt});
    }
    answer(*wire, number, said);
  });
}

void SimulatedRedis::answer(Wire& wire, std::uint64_t number, Result<cluster::TableAnswer> answer) {
  if (!wire.is_open || number != wire.asked || !std::exchange(wire.is_waiting, false)) return;
  wire.events.push_back({std::nullopt, std::move(answer)});
  wire.settings.wake();
}

void SimulatedRedis::after(Duration delay, std::function<void()> event) {
  events_.emplace(later(world_.clock().now(), delay), std::move(event));
}

Duration SimulatedRedis::delay() {
  if (delay_max_ <= Duration::zero()) return {};
  return Duration(
      static_cast<Duration::rep>(random_.below(static_cast<std::uint64_t>(delay_max_.count()))));
}

TimePoint SimulatedRedis::next() const {
  return events_.empty() ? TimePoint::max() : events_.begin()->first;
}

void SimulatedRedis::advance(TimePoint now) {
  while (!events_.empty() && events_.begin()->first <= now) {
    const auto event = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    event();
  }
}

}  // namespace troupe::testkit
