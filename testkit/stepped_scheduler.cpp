#include <troupe/testkit/stepped_scheduler.hpp>

namespace troupe::testkit {

SteppedScheduler::SteppedScheduler(runtime::SystemCore& core, std::shared_ptr<SteppedWorld> world)
    : turns_(core), world_(std::move(world)) {
  TROUPE_CHECK(&turns_.clock() == &world_->clock(),
               "give the system a platform with the clock of the world that runs it");
  world_->add(*this);
}

SteppedScheduler::~SteppedScheduler() { stop(TimePoint::max()); }

void SteppedScheduler::submit(runtime::Cell* cell, bool urgent) noexcept {
  runtime::ActorTurns::note_submitted(*cell);
  if (!stopped_.load(std::memory_order_acquire)) world_->submit(*this, cell, urgent);
}

void SteppedScheduler::stop(TimePoint /*deadline*/) noexcept {
  if (!stopped_.exchange(true, std::memory_order_acq_rel)) world_->remove(*this);
}

bool SteppedScheduler::run_turn(runtime::Cell& cell) noexcept {
  running_.push_back(runtime::ActorTurns::id_of(cell));
  const bool again = turns_.run(cell);
  running_.pop_back();
  return again;
}

std::function<std::unique_ptr<runtime::Scheduler>(runtime::SystemCore&)> make_stepped(
    std::shared_ptr<SteppedWorld> world) {
  return [world = std::move(world)](runtime::SystemCore& core) {
    return std::make_unique<SteppedScheduler>(core, world);
  };
}

const SteppedScheduler& scheduler_of_stepped(const runtime::SystemCore& core) noexcept {
  return dynamic_cast<const SteppedScheduler&>(scheduler_of(core));
}

SteppedWorld* world_of(const runtime::SystemCore& core) noexcept {
  const auto* stepped = dynamic_cast<const SteppedScheduler*>(&scheduler_of(core));
  return stepped != nullptr ? &stepped->world() : nullptr;
}

}  // namespace troupe::testkit
