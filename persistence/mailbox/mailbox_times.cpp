// When a StorageMailbox looks again, and when all is done.
#include <algorithm>
#include <iterator>
#include <troupe/persistence/mailbox/storage_mailbox.hpp>

namespace troupe::persistence {

void StorageMailbox::give_up_outbox(Effects& effects) {
  auto refused = life_->outbox.take_late(TimePoint::max());
  std::ranges::move(refused, std::back_inserter(effects.refused));
}

/// For what is still to come. What is due already waits for an answer of storage or for its actor,
/// and is seen to then: an alarm for it would come at once, and at once again.
void StorageMailbox::set_alarm() {
  Life& life = *life_;
  const TimePoint now = life.order.owner->now();
  TimePoint at = life.window.next_time(now);
  for (const TimePoint one :
       {life.outbox.next_time(), life.look_at, life.claim_at, life.again_at, life.given_up_at}) {
    if (one > now) at = std::min(at, one);
  }
  if (at >= life.alarm_at) return;
  life.alarm_at = at;
  life.order.owner->call_at(at);
}

void StorageMailbox::due() noexcept {
  Effects effects;
  {
    const std::lock_guard lock(mutex_);
    if (life_ == nullptr) return;
    life_->alarm_at = TimePoint::max();
    look(effects);
    decide(effects);
  }
  carry_out(effects);
  pump();
}

/// What is due at this time.
void StorageMailbox::look(Effects& effects) {
  Life& life = *life_;
  const TimePoint now = life.order.owner->now();
  if (life.is_away && life.given_up_at <= now) life.is_given_up = true;
  if (life.again_at <= now) {
    life.is_away = false;
    life.again_at = TimePoint::max();
  }
  effects.refused = life.outbox.take_late(now);
  if (!effects.refused.empty()) sort_notices();
}

void StorageMailbox::hurry(const std::string& queue, bool is_last) {
  {
    const std::lock_guard lock(mutex_);
    if (life_ == nullptr || life_->order.settings.queue != queue) return;
    Life& life = *life_;
    if (!life.is_given_back) return;
    life.is_away = false;
    life.again_at = TimePoint::max();
    if (is_last) life.is_given_up = true;
  }
  pump();
}

/// After the actor's end: to store what waits, to settle, and to give the queue up.
bool StorageMailbox::needs_storage() const {
  const Life& life = *life_;
  if (!life.outbox.empty()) return true;
  return life.has_begun && !life.is_fenced && !life.is_released;
}

bool StorageMailbox::is_done() const {
  const Life& life = *life_;
  const bool waits = life.claims || life.appends || life.reads || life.settles;
  if (!life.is_given_back || waits || life.effects != 0) return false;
  return life.is_given_up || !needs_storage();
}

}  // namespace troupe::persistence
