#include <troupe/cluster/port/service_desk.hpp>

#include <algorithm>
#include <troupe/actor/ports/reply_sink.hpp>
#include <troupe/cluster/identities.hpp>
#include <utility>

namespace troupe::cluster {
namespace {

Error refusal(ErrorCode code, std::string what) {
  return Error(code, std::move(what), Execution::not_executed);
}

std::vector<std::uint64_t> keys_of(AcceptedMessages messages) {
  std::vector<std::uint64_t> keys;
  for (const AcceptedMessage& message : messages) keys.push_back(message.key);
  return keys;
}

/// The first of the messages that the entry does not accept; null where it accepts all.
const AcceptedMessage* missing_in(const ServiceEntry& entry, AcceptedMessages wanted) {
  const auto missing = std::ranges::find_if(wanted, [&](const AcceptedMessage& message) {
    return !std::ranges::binary_search(entry.accepts, message.key);
  });
  return missing != wanted.end() ? &*missing : nullptr;
}

}  // namespace

/// Hears of the ends of actors, as long as there is a desk.
class ServiceDesk::EndSink final : public runtime::ReplySink {
 public:
  explicit EndSink(std::weak_ptr<ServiceDesk> desk) noexcept : desk_(std::move(desk)) {}
  void complete(std::uint64_t token, runtime::Envelope* reply) noexcept override {
    runtime::free_envelope(reply);
    if (const auto desk = desk_.lock()) desk->on_end(token);
  }

 private:
  const std::weak_ptr<ServiceDesk> desk_;
};

std::shared_ptr<ServiceDesk> ServiceDesk::open(const runtime::LocalActors& actors,
                                               transport::Transport& transport,
                                               std::size_t services_max,
                                               const DetectionSettings& detection) {
  std::shared_ptr<ServiceDesk> desk(new ServiceDesk(actors, transport, services_max, detection));
  desk->sink_ = new EndSink(desk);
  return desk;
}

ServiceDesk::ServiceDesk(const runtime::LocalActors& actors, transport::Transport& transport,
                         std::size_t services_max, const DetectionSettings& detection)
    : actors_(actors),
      self_(identity(transport.self())),
      transport_(&transport),
      registry_(self_, services_max),
      gossip_(registry_, self_, detection) {}

ServiceDesk::~ServiceDesk() {
  if (sink_ != nullptr) sink_->release();
}

Result<void> ServiceDesk::check(std::string_view key, const AnyRef& actor) const {
  if (ended_) return *ended_;
  const auto what = [&] { return "under \"" + std::string(key.substr(0, 40)) + "\" "; };
  if (!actor) return refusal(ErrorCode::no_such_actor, what() + "there is a null ref");
  if (actor.is_remote() || runtime::LocalActors::anchor_of(actor) != actors_.anchor()) {
    return refusal(ErrorCode::invalid_setting,
                   what() + actor.path() + " is an actor of another node, or of another system; " +
                       "only its own receptionist can do that");
  }
  return {};
}

Result<void> ServiceDesk::refuse(Error error) {
  if (error.code() == ErrorCode::limit_reached) ++refused_;
  return error;
}

Result<void> ServiceDesk::enroll(std::string_view key, const AnyRef& actor,
                                 AcceptedMessages accepts) {
  std::string path;
  if (actor && !actor.is_remote() && actors_.has_name(actor.id())) path = actor.path();
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    const TimePoint now = actors_.clock().now();
    if (auto checked = check(key, actor); !checked.ok()) return checked;
    settle_ends(now);
    const std::uint64_t before = registry_.version_of(self_.hash());
    const auto changed =
        registry_.enroll({std::string(key), actor.id(), std::move(path), keys_of(accepts)});
    if (!changed.ok()) return refuse(changed.error());
    is_new = watched_.try_emplace(actor.id(), Watched{.actor = actor.id()}).second;
    if (*changed) {
      gossip_.on_own_change(before, now);
      transport_->wake();
    }
  }
  if (watch(actor, is_new)) return {};
  return refusal(ErrorCode::actor_stopped,
                 "the actor that was to be enrolled under \"" + std::string(key) + "\" has ended");
}

/// False where it has ended. Without the lock, as others' locks may be taken.
bool ServiceDesk::watch(const AnyRef& actor, bool is_new) {
  if (!is_new || runtime::LocalActors::await_end(actor, *sink_, actor.id())) return true;
  const std::lock_guard lock(mutex_);
  note_end(actor.id());
  settle_ends(actors_.clock().now());
  return false;
}

void ServiceDesk::withdraw(std::string_view key, const AnyRef& actor) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t before = registry_.version_of(self_.hash());
  if (ended_ || actor.is_remote() || !registry_.withdraw(key, actor.id())) return;
  gossip_.on_own_change(before, actors_.clock().now());
  transport_->wake();
}

Result<std::shared_ptr<const FoundServices>> ServiceDesk::find(std::string_view key,
                                                               AcceptedMessages wanted) {
  const std::lock_guard lock(mutex_);
  if (ended_) return *ended_;
  if (auto checked = check_service_key(key); !checked.ok()) return checked.error();
  settle_ends(actors_.clock().now());
  std::string misfit;
  auto found = look_up(key, wanted, &misfit);
  if (!found.ok()) return std::move(found).error();
  if ((*found)->services.empty() && (*found)->misfits != 0) {
    return refusal(ErrorCode::unknown_type,
                   "none of the " + std::to_string((*found)->misfits) + " actors under \"" +
                       std::string(key) + "\" accepts all messages of that protocol: " + misfit);
  }
  return found;
}

/// The lock is held. With `misfit`, which is told of one that does not fit, an actor that no ref
/// can be made to is an error; without it is left out, and counted. What is complete is kept: of
/// thousands who subscribe to a key each would look up, and hold, all that is enrolled under it.
Result<ServiceDesk::Shared> ServiceDesk::look_up(std::string_view key, AcceptedMessages wanted,
                                                 std::string* misfit) {
  if (std::exchange(found_revision_, registry_.revision()) != registry_.revision()) found_.clear();
  std::pair what{std::string(key), wanted.data()};
  if (const auto kept = found_.find(what); kept != found_.end()) return kept->second;
  FoundServices found{std::string(key), registry_.revision(), {}, 0};
  std::optional<Error> lack;
  registry_.find(key, [&](const ServiceRegistry::Owner& owner, const ServiceEntry& entry) {
    if (const AcceptedMessage* const missing = missing_in(entry, wanted)) {
      ++found.misfits;
      if (misfit == nullptr || !misfit->empty()) return;
      *misfit = (entry.path.empty() ? "one" : entry.path) + " of " + owner.identity.address +
                " does not accept " + std::string(missing->name);
      return;
    }
    auto ref = ref_to(owner.identity, entry);
    if (!ref.ok()) {
      ++left_out_;
      lack = std::move(ref).error();
      return;
    }
    found.services.push_back({*ref, node_identity(owner.identity), owner.is_unreachable});
  });
  if (lack && misfit != nullptr) return *std::move(lack);
  auto shared = std::make_shared<const FoundServices>(std::move(found));
  if (!lack && !shared->services.empty()) found_.emplace(std::move(what), shared);
  return Shared(std::move(shared));
}

Result<AnyRef> ServiceDesk::ref_to(const Identity& owner, const ServiceEntry& entry) {
  if (owner == self_) return actors_.find(entry.actor);
  return transport_->actor_of(node_identity(owner), entry.actor, entry.path);
}

std::shared_ptr<const FoundServices> ServiceDesk::newest(const std::string& key,
                                                         AcceptedMessages wanted) {
  const std::lock_guard lock(mutex_);
  if (ended_ || transport_ == nullptr) {
    return std::make_shared<const FoundServices>(FoundServices{key, registry_.revision(), {}, 0});
  }
  settle_ends(actors_.clock().now());
  return look_up(key, wanted, nullptr).value();
}

Result<void> ServiceDesk::subscribe(std::string_view key, const AnyRef& subscriber,
                                    const ListingForm& form, std::size_t subscriptions_max) {
  Shown shown{nullptr, form.notice};
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    if (auto checked = check(key, subscriber); !checked.ok()) return checked;
    if (auto checked_key = check_service_key(key); !checked_key.ok()) return checked_key;
    settle_ends(actors_.clock().now());
    const Subscriber who{subscriber.id(), form.type};
    const auto known = subscribers_.find(key);
    if (known != subscribers_.end() && known->second.contains(who)) {
      shown = known->second.at(who);  // Whoever was started anew has forgotten what it was shown.
    } else if (subscriptions_ >= subscriptions_max) {
      return refuse(refusal(ErrorCode::limit_reached,
                            "listings have " + std::to_string(subscriptions_) +
                                " subscribers on this node already, and may no more"));
    } else {
      shown.slot = std::make_shared<ListingSlot>(shared_from_this(), std::string(key), form.wanted);
      subscribers_[std::string(key)][who] = shown;
      ++subscriptions_;
      const auto [watched, is_first] =
          watched_.try_emplace(subscriber.id(), Watched{.actor = subscriber.id()});
      watched->second.subscriptions.emplace(key, form.type);
      is_new = is_first;
    }
  }
  if (!watch(subscriber, is_new)) {
    return refusal(ErrorCode::actor_stopped,
                   "the actor that was to hear of \"" + std::string(key) + "\" has ended");
  }
  show(subscriber.id(), shown);
  return {};
}

void ServiceDesk::unsubscribe(std::string_view key, const AnyRef& subscriber, std::uint64_t type) {
  const std::lock_guard lock(mutex_);
  const auto watched = watched_.find(subscriber.id());
  if (subscriber.is_remote() || watched == watched_.end()) return;
  const std::string text(key);
  if (watched->second.subscriptions.erase({text, type}) == 0) return;
  forget_subscription(subscriber.id(), text, type);
}

void ServiceDesk::forget_subscription(runtime::ActorId actor, const std::string& key,
                                      std::uint64_t type) {
  const auto subscribers = subscribers_.find(key);
  if (subscribers == subscribers_.end()) return;  // Closed.
  subscriptions_ -= subscribers->second.erase({actor, type});
  if (subscribers->second.empty()) subscribers_.erase(subscribers);
}

ReceptionistCounts ServiceDesk::counts() {
  const std::lock_guard lock(mutex_);
  settle_ends(actors_.clock().now());
  return {.enrolled = registry_.own(),
          .known = registry_.size(),
          .subscriptions = subscriptions_,
          .refused = refused_,
          .malformed = gossip_.malformed(),
          .left_out = left_out_};
}

/// In the turn of an actor that has ended, or of whoever ends its system: takes no memory.
void ServiceDesk::on_end(runtime::ActorId actor) noexcept {
  const std::lock_guard lock(mutex_);
  note_end(actor);
  if (transport_ != nullptr) transport_->wake();
}

void ServiceDesk::note_end(runtime::ActorId actor) noexcept {
  const auto watched = watched_.find(actor);
  if (watched == watched_.end() || std::exchange(watched->second.has_ended, true)) return;
  watched->second.next_ended = std::exchange(ended_actors_, &watched->second);
}

/// Forgets those that have ended. The lock is held.
void ServiceDesk::settle_ends(TimePoint now) {
  while (ended_actors_ != nullptr) {
    const Watched& gone = *std::exchange(ended_actors_, ended_actors_->next_ended);
    const runtime::ActorId actor = gone.actor;
    const std::uint64_t before = registry_.version_of(self_.hash());
    if (registry_.withdraw(actor)) gossip_.on_own_change(before, now);
    for (const auto& [key, type] : gone.subscriptions) forget_subscription(actor, key, type);
    watched_.erase(actor);
  }
}

void ServiceDesk::on_view(const View& view, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (!ended_) gossip_.on_view(view, now);
}

void ServiceDesk::receive(const Envelope& envelope, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  std::visit(
      [&]<class M>(const M& message) {
        if constexpr (requires { message.gossip; }) {
          gossip_.on_beat(envelope.from, message.gossip.services, now);
        } else if constexpr (requires { gossip_.receive(envelope.from, message, now); }) {
          gossip_.receive(envelope.from, message, now);
        }
      },
      envelope.message);
}

ServiceGossip::Sent ServiceDesk::advance(TimePoint now) {
  std::vector<std::pair<runtime::ActorId, Shown>> told;
  ServiceGossip::Sent sent;
  {
    const std::lock_guard lock(mutex_);
    settle_ends(now);
    gossip_.advance(now);
    sent = gossip_.take_sent();
    for (const std::string& key : registry_.take_changed()) {
      const auto subscribers = subscribers_.find(key);
      if (subscribers == subscribers_.end()) continue;
      for (const auto& [who, shown] : subscribers->second) told.emplace_back(who.first, shown);
    }
  }
  for (const auto& [actor, shown] : told) show(actor, shown);
  return sent;
}

/// Of one that has ended its end tells.
void ServiceDesk::show(runtime::ActorId actor, const Shown& shown) {
  if (!shown.slot->put()) return;
  static_cast<void>(actors_.notify(actor, shown.notice(actor, shown.slot)));
}

TimePoint ServiceDesk::next_deadline() {
  const std::lock_guard lock(mutex_);
  return gossip_.next_time();
}

std::uint64_t ServiceDesk::digest() {
  const std::lock_guard lock(mutex_);
  return registry_.digest();
}

void ServiceDesk::end(Error reason) {
  const std::lock_guard lock(mutex_);
  if (!ended_) ended_ = std::move(reason);
  registry_.clear();
  found_.clear();
}

void ServiceDesk::close() {
  const auto subscribers = [&] {
    const std::lock_guard lock(mutex_);
    if (!ended_) ended_ = refusal(ErrorCode::shutdown, "this node has stopped");
    registry_.clear();
    found_.clear();
    transport_ = nullptr;
    subscriptions_ = 0;
    return std::exchange(subscribers_, {});
  }();
}

}  // namespace troupe::cluster
