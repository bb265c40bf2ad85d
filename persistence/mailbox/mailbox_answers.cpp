// What a StorageMailbox asks of storage, and what follows from the answers.
#include <algorithm>
#include <troupe/actor/ports/stored_message.hpp>
#include <troupe/persistence/mailbox/storage_mailbox.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

/// Before storage that is away is tried again; doubled each time.
constexpr Duration back_off_min = std::chrono::milliseconds(100);
constexpr Duration back_off_max = std::chrono::seconds(5);
/// How often it is looked whether a queue is paused still.
constexpr Duration look_every = std::chrono::seconds(1);

}  // namespace

/// Submits all that there is to ask.
void StorageMailbox::pump() {
  while (true) {
    Operation* operation = nullptr;
    Storage* storage = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (life_ == nullptr) return;
      storage = life_->order.storage;
      operation = next_operation();
    }
    if (operation == nullptr) return finish();
    if (operation == &claim_) storage->submit(claim_);
    if (operation == &append_) storage->submit(append_);
    if (operation == &read_) storage->submit(read_);
    if (operation == &settle_) storage->submit(settle_);
  }
}

Operation* StorageMailbox::next_operation() {
  if (life_->is_away) return nullptr;
  if (begin_claim()) return &claim_;
  if (begin_append()) return &append_;
  if (begin_read()) return &read_;
  if (begin_settle()) return &settle_;
  return nullptr;
}

bool StorageMailbox::begin_claim() {
  Life& life = *life_;
  if (life.is_owner || life.is_fenced || life.claims || life.is_given_back) return false;
  claim_.queue = life.order.settings.queue;
  claim_.incarnation = life.order.incarnation;
  claim_.instance = life.order.instance;
  claim_.gone = {};
  return life.claims = true;
}

bool StorageMailbox::begin_append() {
  Life& life = *life_;
  if (life.appends || !life.outbox.fill(append_)) return false;
  append_.queue = life.order.settings.queue;
  append_.by_owner = true;
  return life.appends = true;
}

bool StorageMailbox::begin_read() {
  Life& life = *life_;
  if (!life.is_owner || life.reads || life.is_closed) return false;
  const bool looks = life.look_at <= life.order.owner->now();
  const bool has_room = life.window.room_messages() > 0 && life.window.room_bytes() > 0;
  if (!life.window.to_read() && !(life.has_foreign && has_room) && !looks) return false;
  life.has_foreign = false;
  life.look_at = TimePoint::max();
  read_.queue = life.order.settings.queue;
  read_.after = life.window.read_through();
  read_.messages_max = std::max<std::size_t>(life.window.room_messages(), 1);
  read_.bytes_max = std::max<std::size_t>(life.window.room_bytes(), 1);
  return life.reads = true;
}

bool StorageMailbox::begin_settle() {
  Life& life = *life_;
  if (!life.is_owner || life.settles || !life.window.has_news()) return false;
  settle_.queue = life.order.settings.queue;
  settle_.token = life.token;
  settle_.number = ++life.settle_number;
  life.window.tell(settle_);
  return life.settles = true;
}

/// It is tried again after a pause, or never where nobody is there any more to wake it.
void StorageMailbox::note_away(Effects& effects, const Operation& operation) {
  Life& life = *life_;
  life.is_away = true;
  if (life.back_off == Duration::zero()) {
    effects.warning =
        "storage does not take what the queue \"" + life.order.settings.queue +
        "\" has for it, and is tried again: " + std::string(to_string(operation.outcome)) +
        (operation.why.empty() ? "" : ": ") + operation.why;
  }
  if (life.is_closed) return give_up_outbox(effects);
  life.back_off = std::clamp(times(2, life.back_off), back_off_min, back_off_max);
  life.again_at = later(life.order.owner->now(), life.back_off);
  set_alarm();
}

void StorageMailbox::note_answer() noexcept { life_->back_off = Duration::zero(); }

void StorageMailbox::fence(Effects& effects, std::string_view what, const Operation& operation) {
  Life& life = *life_;
  life.is_fenced = true;
  life.is_owner = false;
  life.window.close();
  effects.stops = true;
  effects.error = "cannot " + std::string(what) + " the queue \"" + life.order.settings.queue +
                  "\" any more, and ends: " + std::string(to_string(operation.outcome)) +
                  (operation.why.empty() ? "" : ": ") + operation.why;
}

void StorageMailbox::claimed() noexcept {
  Effects effects;
  {
    const std::lock_guard lock(mutex_);
    Life& life = *life_;
    life.claims = false;
    switch (claim_.outcome) {
      case Stored::stored:
      case Stored::again:
        note_answer();
        life.is_owner = true;
        life.token = claim_.token;
        life.settle_number = 0;
        life.window.begin(claim_.state);
        if (!std::exchange(life.has_begun, true)) {
          for (Notice& one : life.notices) one.after = life.window.last();
        }
        if (life.window.is_paused()) life.look_at = later(life.order.owner->now(), look_every);
        break;
      case Stored::unavailable:
      case Stored::unknown: note_away(effects, claim_); break;
      default: fence(effects, "own", claim_); break;
    }
    decide(effects);
  }
  carry_out(effects);
  pump();
}

void StorageMailbox::appended() noexcept {
  Effects effects;
  {
    const std::lock_guard lock(mutex_);
    Life& life = *life_;
    life.appends = false;
    switch (append_.outcome) {
      case Stored::stored:
      case Stored::again: take_stored(effects); break;
      case Stored::unavailable:
        static_cast<void>(life.outbox.stored(0));
        life.has_lost = false;
        note_away(effects, append_);
        break;
      case Stored::unknown:
        life.outbox.lost();
        life.has_lost = true;
        note_away(effects, append_);
        break;
      case Stored::queue_full:
      case Stored::storage_full:
        effects.reason = ErrorCode::storage_full;
        effects.refused = life.outbox.refused();
        break;
      default:
        effects.error = "the queue \"" + life.order.settings.queue +
                        "\" did not take messages: " + std::string(to_string(append_.outcome)) +
                        ": " + append_.why;
        effects.refused = life.outbox.refused();
        break;
    }
    sort_notices();
    decide(effects);
  }
  carry_out(effects);
  pump();
}

void StorageMailbox::take_stored(Effects& effects) {
  Life& life = *life_;
  note_answer();
  life.has_lost = false;
  effects.stored = life.outbox.stored(static_cast<std::size_t>(append_.taken));
  Position position = append_.first;
  for (OutgoingMessage& one : effects.stored) {
    if (const auto ticket = one.remains.take_ticket()) effects.tickets.push_back(*ticket);
    if (one.remains.has_asker()) {
      if (life.is_closed) {
        effects.askers.push_back(std::move(one.remains));
      } else {
        life.askers.insert_or_assign(position.number, std::move(one.remains));
      }
    }
    if (life.has_begun && life.window.is_next(position)) {
      life.window.add(position, std::move(one.record));
    } else {
      life.window.note_last(position);
    }
    ++position.number;
  }
  if (life.askers.size() < life.askers_looked_at) return;
  // Whose time is over, they have heard so already.
  const TimePoint now = life.order.owner->now();
  std::erase_if(life.askers, [&](const auto& one) { return one.second.is_expired(now); });
  life.askers_looked_at = std::max<std::size_t>(64, 2 * life.askers.size());
}

void StorageMailbox::has_read() noexcept {
  Effects effects;
  {
    const std::lock_guard lock(mutex_);
    Life& life = *life_;
    life.reads = false;
    switch (read_.outcome) {
      case Stored::stored:
      case Stored::again:
        note_answer();
        for (StoredMessage& one : read_.messages) {
          life.window.add(one.position, std::move(one.record));
        }
        life.window.note_last(read_.last);
        life.window.pause(read_.is_paused);
        if (read_.is_paused) life.look_at = later(life.order.owner->now(), look_every);
        break;
      case Stored::unavailable:
      case Stored::unknown: note_away(effects, read_); break;
      default: fence(effects, "read", read_); break;
    }
    decide(effects);
  }
  carry_out(effects);
  pump();
}

void StorageMailbox::settled() noexcept {
  Effects effects;
  {
    const std::lock_guard lock(mutex_);
    Life& life = *life_;
    life.settles = false;
    switch (settle_.outcome) {
      case Stored::stored:
      case Stored::again:
        note_answer();
        life.window.told(settle_, true);
        if (settle_.is_paused) life.look_at = later(life.order.owner->now(), look_every);
        break;
      case Stored::unavailable: note_away(effects, settle_); break;
      case Stored::unknown:
        life.is_owner = false;  // A claim tells what was stored.
        note_away(effects, settle_);
        break;
      default: fence(effects, "settle messages of", settle_); break;
    }
    decide(effects);
  }
  carry_out(effects);
  pump();
}

/// What no message is before any more has its turn behind those that are stored.
void StorageMailbox::sort_notices() {
  for (runtime::Envelope* one : life_->outbox.take_notices()) {
    life_->notices.push_back({life_->window.last(), one});
  }
}

void StorageMailbox::give_up_outbox(Effects& effects) {
  auto refused = life_->outbox.take_late(TimePoint::max());
  std::ranges::move(refused, std::back_inserter(effects.refused));
}

void StorageMailbox::set_alarm() {
  Life& life = *life_;
  if (life.is_given_back) return;
  TimePoint at = std::min({life.window.next_time(), life.outbox.next_time(), life.look_at});
  if (life.is_away) at = std::min(at, life.again_at);
  if (at >= life.alarm_at) return;
  life.alarm_at = at;
  life.order.owner->call_at(at);
}

void StorageMailbox::due() noexcept {
  Effects effects;
  {
    const std::lock_guard lock(mutex_);
    if (life_ == nullptr) return;
    Life& life = *life_;
    const TimePoint now = life.order.owner->now();
    life.alarm_at = TimePoint::max();
    if (life.again_at <= now) {
      life.is_away = false;
      life.again_at = TimePoint::max();
    }
    effects.refused = life.outbox.take_late(now);
    if (!effects.refused.empty()) sort_notices();
    decide(effects);
  }
  carry_out(effects);
  pump();
}

void StorageMailbox::note_foreign(std::string_view queue) {
  {
    const std::lock_guard lock(mutex_);
    if (life_ == nullptr || life_->order.settings.queue != queue) return;
    life_->has_foreign = true;
  }
  pump();
}

bool StorageMailbox::has_ready() const {
  const Life& life = *life_;
  if (life.is_closed) return false;
  return has_ready_notice() || life.window.has_ready(life.order.owner->now());
}

void StorageMailbox::decide(Effects& effects) {
  Life& life = *life_;
  ++life.effects;
  effects.wakes = has_ready();
  if (life.has_lost) effects.execution = Execution::unknown;
  set_alarm();
}

bool StorageMailbox::is_done() const {
  const Life& life = *life_;
  const bool waits = life.claims || life.appends || life.reads || life.settles;
  if (!life.is_given_back || waits || life.effects != 0) return false;
  if (life.is_away) return true;
  return life.outbox.empty() && (!life.is_owner || !life.window.has_news());
}

void StorageMailbox::refuse_all(runtime::MailboxOwner& owner, const std::string& queue,
                                Effects& effects) {
  if (effects.refused.empty()) return;
  const std::string target = owner.path();
  const Error error(effects.reason, "the queue \"" + queue + "\" did not take the message",
                    effects.execution);
  for (OutgoingMessage& one : effects.refused) {
    owner.refuse({effects.reason, target, one.sender, one.type_name});
    one.remains.refuse(error);
    if (one.stored != nullptr) runtime::complete_send(std::exchange(one.stored, nullptr), error);
  }
}

void StorageMailbox::carry_out(Effects& effects) noexcept {
  runtime::MailboxOwner& owner = *life_->order.owner;
  const runtime::MailboxOwner::Serving serving(owner);
  if (!effects.stored.empty()) owner.note_stored(effects.stored.size());
  for (const runtime::Ticket& ticket : effects.tickets) {
    ticket.mailbox->settle(ticket, runtime::Settled::handled, nullptr);
  }
  for (OutgoingMessage& one : effects.stored) {
    if (one.stored != nullptr) {
      runtime::complete_send(std::exchange(one.stored, nullptr), std::nullopt);
    }
  }
  refuse_all(owner, life_->order.settings.queue, effects);
  for (runtime::MessageRemains& one : effects.askers) {
    one.refuse(Error(ErrorCode::actor_stopped, owner.path() + " has stopped"));
  }
  if (!effects.error.empty()) owner.log_error(effects.error);
  if (!effects.warning.empty()) owner.log_warning(effects.warning);
  if (effects.stops) owner.stop();
  if (effects.wakes) owner.wake();
  const std::lock_guard lock(mutex_);
  --life_->effects;
}

}  // namespace troupe::persistence
