#include <troupe/actor/router.hpp>

#include <algorithm>
#include <troupe/actor/middleware.hpp>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/runtime/interception.hpp>
#include <troupe/actor/runtime/lifecycle.hpp>
#include <troupe/actor/runtime/open_turn.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/take_reply.hpp>
#include <unordered_map>
#include <vector>

namespace troupe {

SupervisorStrategy pool_supervision() {
  using std::chrono::milliseconds;
  // More restarts than the pauses leave room for: 60 s of 80 ms, which is 100 ms less the jitter.
  return one_for_one({.restarts = 1'000, .within = std::chrono::seconds(60)})
      .backoff({.initial = milliseconds(1), .max = milliseconds(100)});
}

namespace runtime {
namespace {

/// A routee that ends sooner, and was given nothing, would be made again and again for nothing.
constexpr Duration at_once = std::chrono::milliseconds(10);

/// Set in Envelope::reserved of messages that a pool counts.
constexpr std::uint8_t counted = 1;

/// How many of a router's messages a routee has begun. One at a time writes, in the routee's turn;
/// the router reads an older number now and then, so relaxed is enough.
class LoadGauge final : public Middleware {
 public:
  Pass on_message(MessageView /*message*/) override {
    Envelope& envelope = *this_thread.envelope;
    if (std::exchange(envelope.reserved, std::uint8_t{0}) == counted) {
      begun_.store(begun_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    return Pass::on;
  }
  [[nodiscard]] std::uint64_t begun() const noexcept {
    return begun_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> begun_{0};
};

struct Routee {
  AnyRef ref;
  std::string name;            // In its pool.
  std::uint64_t seed;          // For its rendezvous weights.
  RestartBudget replacements;  // Of a pool.
  std::shared_ptr<LoadGauge> gauge;
  std::uint64_t given = 0;        // Messages, counted where there is a gauge.
  std::uint64_t never_begun = 0;  // Of them: dropped, as is known since it had nothing to do.
  TimePoint made_at{};            // Of a pool's.
  bool used = false;              // It was given something.
};

/// False once it has ended, though its Terminated may still be on its way.
bool lives(const AnyRef& ref) noexcept {
  return ref.is_remote() || (ref.cell()->id.load(std::memory_order_relaxed) == ref.id() &&
                             ref.cell()->inbox.load(std::memory_order_relaxed) != Cell::closed);
}

/// What a routee has to do: the messages of this router before it, and whether it is busy at all.
std::uint64_t load_of(Routee& routee) noexcept {
  if (routee.ref.is_remote()) return 1;
  const std::uintptr_t inbox = routee.ref.cell()->inbox.load(std::memory_order_relaxed);
  const std::uint64_t begun = routee.gauge != nullptr ? routee.gauge->begun() : 0;
  if (inbox == Cell::idle) {
    routee.never_begun = routee.given - begun;
    return 0;
  }
  const auto waiting = static_cast<std::int64_t>(routee.given - routee.never_begun) -
                       static_cast<std::int64_t>(begun);
  return 2 * static_cast<std::uint64_t>(std::max<std::int64_t>(waiting, 0)) + 1;
}

class RouterActor final : public Actor {
 public:
  explicit RouterActor(std::shared_ptr<const RouterPlan> plan) : plan_(std::move(plan)) {
    for (const AnyRef& ref : plan_->group) add(Routee{ref, {}, 0, RestartBudget({}), nullptr});
    for (std::size_t number = 1; number <= plan_->pool_size; ++number) {
      RestartBudget budget(plan_->supervision.limit());
      add_new(Routee{{}, std::to_string(number), 0, std::move(budget), nullptr}).value();
    }
  }

  static bool receive(Cell& cell, Envelope* envelope) {
    return static_cast<RouterActor&>(*cell.instance).route(envelope);
  }
  static const MessageType* type_with_key(Cell& cell, std::uint64_t key) {
    return runtime::type_with_key(static_cast<RouterActor&>(*cell.instance).plan_->types, key);
  }
  static void on_terminated(Actor& instance, Terminated&& gone) {
    static_cast<RouterActor&>(instance).replace(gone);
  }
  [[nodiscard]] SupervisorStrategy supervision() const override { return plan_->supervision; }

 private:
  [[nodiscard]] bool route(Envelope* envelope);
  [[nodiscard]] bool route_to_all(Envelope* envelope);
  [[nodiscard]] Routee& choose(std::uint64_t key);
  [[nodiscard]] Routee& least_loaded();
  void send(Routee& routee, Envelope* envelope);
  void give_up(Envelope* envelope);
  void own(Envelope* envelope);

  void add(Routee routee);
  [[nodiscard]] Result<void> add_new(Routee routee);
  void set_aside_the_dead();
  void set_aside(std::size_t place);
  void forget_place(const AnyRef& ref, std::size_t place);
  void replace(const Terminated& gone);
  void lose(const Terminated& gone, std::string_view why);

  std::shared_ptr<const RouterPlan> plan_;
  std::vector<Routee> routees_;
  std::unordered_multimap<AnyRef, std::size_t>
      places_;                                // In `routees_`; a group may repeat itself.
  std::unordered_map<AnyRef, Routee> ended_;  // Their Terminated has not come yet.
  std::size_t turn_ = 0;                      // Whose it is, round and round.
};

bool RouterActor::route(Envelope* envelope) {
  if (plan_->routing.by == RouteBy::broadcast) return route_to_all(envelope);
  std::uint64_t key = 0;
  if (plan_->routing.by == RouteBy::key) {
    const auto read = plan_->routing.key(*envelope);
    if (!read) return false;
    key = *read;
  }
  while (!routees_.empty()) {
    Routee& routee = choose(key);
    if (lives(routee.ref)) {
      send(routee, envelope);
      return true;
    }
    set_aside(static_cast<std::size_t>(&routee - routees_.data()));
  }
  give_up(envelope);
  return true;
}

bool RouterActor::route_to_all(Envelope* envelope) {
  set_aside_the_dead();
  std::vector<AnyRef> refs;
  refs.reserve(routees_.size());
  for (Routee& routee : routees_) {
    routee.used = true;
    refs.push_back(routee.ref);
  }
  if (refs.empty()) {
    give_up(envelope);
    return true;
  }
  own(envelope);
  if (plan_->routing.broadcast(envelope, refs)) return true;
  this_thread.envelope = envelope;
  return false;
}

Routee& RouterActor::choose(std::uint64_t key) {
  switch (plan_->routing.by) {
    case RouteBy::chance:
      return routees_[this_thread.core->platform.random->below(routees_.size())];
    case RouteBy::key:
      return *std::ranges::max_element(routees_, {}, [key](const Routee& routee) {
        return rendezvous_weight(key, routee.seed);
      });
    case RouteBy::load: return least_loaded();
    default: return routees_[turn_++ % routees_.size()];
  }
}

/// Begins with another one each time, so that equals take turns.
Routee& RouterActor::least_loaded() {
  const std::size_t first = turn_++;
  Routee* best = nullptr;
  std::uint64_t least = 0;
  for (std::size_t i = 0; i < routees_.size(); ++i) {
    Routee& routee = routees_[(first + i) % routees_.size()];
    const std::uint64_t load = load_of(routee);
    if (best == nullptr || load < least) {
      best = &routee;
      least = load;
    }
    if (least == 0) break;
  }
  return *best;
}

void RouterActor::send(Routee& routee, Envelope* envelope) {
  own(envelope);
  if (auto cycle = pass_wait_on(*envelope, routee.ref.is_remote() ? 0 : routee.ref.id())) {
    answer_with_error(envelope, std::move(*cycle));
    return free_envelope(envelope);
  }
  envelope->target = routee.ref.id();
  routee.used = true;
  if (routee.gauge != nullptr) {
    envelope->reserved = counted;
    ++routee.given;
  }
  runtime::send_envelope(routee.ref, envelope);
}

/// From here on the envelope is the router's, to hand on.
void RouterActor::own(Envelope* envelope) {
  take_message_out();
  this_thread.envelope = nullptr;
  envelope->reserved = 0;
}

/// The message goes on, to nobody.
void RouterActor::give_up(Envelope* envelope) {
  own(envelope);
  const EnvelopePtr asker = envelope->awaits_answer() ? take_asker(envelope) : nullptr;
  ++this_thread.sent;
  refuse(&cell(), envelope, ErrorCode::no_such_actor);
  if (asker == nullptr) return;
  count_so_far();
  answer_with_error(asker.get(), Error(ErrorCode::no_such_actor, path() + " has no routees",
                                       Execution::not_executed));
}

void RouterActor::add(Routee routee) {
  routee.seed = wire::Fnv1a().append(routee.ref.path()).value();
  watch(routee.ref);
  places_.emplace(routee.ref, routees_.size());
  routees_.push_back(std::move(routee));
}

/// Makes a routee of this name.
Result<void> RouterActor::add_new(Routee routee) {
  SpawnOptions options = plan_->options;
  if (plan_->routing.by == RouteBy::load) {
    routee.gauge = std::make_shared<LoadGauge>();
    options.middleware.insert(options.middleware.begin(), routee.gauge);
  }
  auto made = plan_->spawn(*this, routee.name, std::move(options));
  if (!made.ok()) return std::move(made).error();
  routee.ref = *made;
  routee.given = routee.never_begun = 0;
  routee.used = false;
  routee.made_at = this_thread.core->clock().now();
  add(std::move(routee));
  return {};
}

void RouterActor::set_aside_the_dead() {
  for (std::size_t place = 0; place < routees_.size();) {
    if (lives(routees_[place].ref)) {
      ++place;
    } else {
      set_aside(place);
    }
  }
}

/// The last one takes its place.
void RouterActor::set_aside(std::size_t place) {
  forget_place(routees_[place].ref, place);
  const AnyRef ref = routees_[place].ref;
  ended_.insert_or_assign(ref, std::move(routees_[place]));
  const std::size_t last = routees_.size() - 1;
  if (place != last) {
    forget_place(routees_[last].ref, last);
    routees_[place] = std::move(routees_[last]);
    places_.emplace(routees_[place].ref, place);
  }
  routees_.pop_back();
}

void RouterActor::forget_place(const AnyRef& ref, std::size_t place) {
  auto [entry, end] = places_.equal_range(ref);
  while (entry != end && entry->second != place) ++entry;
  if (entry != end) places_.erase(entry);
}

void RouterActor::replace(const Terminated& gone) {
  for (auto at = places_.find(gone.ref); at != places_.end(); at = places_.find(gone.ref)) {
    set_aside(at->second);
  }
  auto old = ended_.extract(gone.ref);
  if (old.empty()) return;
  Routee routee = std::move(old.mapped());
  if (plan_->pool_size == 0) return;
  if (gone.reason == StopReason::failed) return lose(gone, "failed");
  const TimePoint now = this_thread.core->clock().now();
  // One that ends by itself, or by who uses it, does its work; one that never begins to does not.
  const bool counts =
      gone.reason != StopReason::stopped || (!routee.used && now - routee.made_at < at_once);
  if (counts && routee.replacements.on_failure(now) == Verdict::stop) {
    return lose(gone, "ended too often");
  }
  if (auto made = add_new(std::move(routee)); !made.ok()) {
    lose(gone, "ended and could not be made anew: " + made.error().to_string());
  }
}

/// A routee is gone for good. A pool without any would be a black hole, so it fails.
void RouterActor::lose(const Terminated& gone, std::string_view why) {
  const std::size_t left = routees_.size() + ended_.size();
  log().error("{} {} and is not replaced; {} of {} routees are left", gone.path, why, left,
              plan_->pool_size);
  if (left == 0) {
    throw Failure(Error(ErrorCode::handler_failed, "the pool has lost all its routees; the last, " +
                                                       gone.path + ", " + std::string(why)));
  }
}

using RouterMemory = Block<RouterActor, std::shared_ptr<const RouterPlan>>;

constexpr ActorClass router_class = {
    .name = "troupe::Router",
    .receive = &RouterActor::receive,
    .type_with_key = &RouterActor::type_with_key,
    .on_terminated = &RouterActor::on_terminated,
    .construct = [](void* block) -> Actor* {
      auto& memory = *static_cast<RouterMemory*>(block);
      return new (memory.instance) RouterActor(std::get<0>(memory.arguments));
    },
    .destroy = [](Actor* instance) noexcept { instance->~Actor(); },
    .block_of = [](Actor* instance) noexcept -> void* {
      return static_cast<RouterActor*>(instance);
    },
    .free_block =
        [](void* block) noexcept {
          static_cast<RouterMemory*>(block)->~RouterMemory();
          pool_free(block, sizeof(RouterMemory));
        },
    .on_start = nullptr,
    .keeps_message = false,
    .drains_children = true,
};

}  // namespace

void drop_uncopied(Envelope& envelope, const AnyRef& routee, const Error& error) {
  SystemCore& core = *this_thread.core;
  const AnyRef sender = sender_of(envelope);
  ++this_thread.sent;
  core.add_dead_letter(ErrorCode::handler_failed, [&] {
    return DeadLetter{ErrorCode::handler_failed, routee.path(), sender ? sender.path() : "",
                      type_name_of(envelope)};
  });
  if (const auto log = core.failure_log(LogLevel::error, this_thread.sender)) {
    log->error("a message for {} could not be copied: {}", routee.path(), error.context());
  }
}

Duration time_left(TimePoint deadline) noexcept {
  if (deadline == TimePoint::max()) return Duration::max();
  return deadline - this_thread.core->clock().now();
}

Result<AnyRef> spawn_router(SystemCore& core, Cell& parent, std::string_view name,
                            std::shared_ptr<const RouterPlan> plan, const SpawnOptions& options) {
  if (plan->spawn && plan->pool_size == 0) {
    return bad_setting("a pool needs at least 1 routee");
  }
  const TypeList types = plan->types;
  void* block = new (pool_allocate(sizeof(RouterMemory))) RouterMemory(std::move(plan));
  return make_actor(core, parent, {&router_class, block, name, &options, never(), types});
}

}  // namespace runtime
}  // namespace troupe
