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
/// How often it is looked whether a queue is paused still, or still another node's.
constexpr Duration look_every = std::chrono::seconds(1);
/// What a request may keep of its memory for the next one.
constexpr std::size_t kept_bytes = 16'384;

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
  if (life_->is_away || life_->is_given_up || life_->waits_for_queue) return nullptr;
  if (begin_claim()) return &claim_;
  if (begin_append()) return &append_;
  if (begin_read()) return &read_;
  if (begin_settle()) return &settle_;
  return nullptr;
}

bool StorageMailbox::begin_claim() {
  Life& life = *life_;
  if (life.is_owner || life.is_fenced || life.is_released || life.claims) return false;
  if (life.is_given_back && !life.has_begun) return false;
  if (life.claim_at > life.order.owner->now()) return false;
  claim_.queue = life.order.settings.queue;
  claim_.incarnation = life.order.incarnation;
  claim_.instance = life.order.instance;
  claim_.gone = life.gone;
  return life.claims = true;
}

bool StorageMailbox::begin_append() {
  Life& life = *life_;
  if (life.appends || !life.outbox.fill(append_)) return false;
  append_.queue = life.order.settings.queue;
  append_.by_owner = life.is_owner;
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
  read_.messages_max = has_room ? life.window.room_messages() : 0;
  read_.bytes_max = std::max<std::size_t>(life.window.room_bytes(), 1);
  return life.reads = true;
}

bool StorageMailbox::begin_settle() {
  Life& life = *life_;
  if (!life.is_owner || life.settles) return false;
  settle_.releases = life.is_given_back && life.outbox.empty();
  if (!settle_.releases && !life.window.has_news()) return false;
  settle_.queue = life.order.settings.queue;
  settle_.token = life.token;
  settle_.number = ++life.settle_number;
  life.window.tell(settle_);
  return life.settles = true;
}

/// It is tried again after a pause.
void StorageMailbox::note_away(Effects& effects, const Operation& operation) {
  Life& life = *life_;
  const TimePoint now = life.order.owner->now();
  life.is_away = true;
  if (life.back_off == Duration::zero() && life.order.may_warn(now)) {
    effects.warning =
        "storage does not take what the queue \"" + life.order.settings.queue +
        "\" has for it, and is tried again: " + std::string(to_string(operation.outcome)) +
        (operation.why.empty() ? "" : ": ") + operation.why;
  }
  life.back_off = std::clamp(times(2, life.back_off), back_off_min, back_off_max);
  life.again_at = later(now, life.back_off);
}

/// Another node has the queue, or had it: it is asked again after a pause, or at once for an owner
/// that is known to be down.
void StorageMailbox::note_owned(Effects& effects) {
  Life& life = *life_;
  if (life.has_begun) return fence(effects, "own", claim_);
  note_answer();
  const bool is_known = life.gone == claim_.token;
  if (!is_known && life.order.is_down && life.order.is_down(claim_.token.incarnation)) {
    life.gone = claim_.token;
    return;
  }
  life.claim_at = later(life.order.owner->now(), look_every);
  if (std::exchange(life.has_said_owned, true)) return;
  effects.warning = "waits for its queue, which another node has: " + claim_.why;
}

void StorageMailbox::note_answer() noexcept { life_->back_off = Duration::zero(); }

void StorageMailbox::fence(Effects& effects, std::string_view what, const Operation& operation) {
  Life& life = *life_;
  life.is_fenced = true;
  life.is_owner = false;
  life.window.close();
  if (life.is_given_back) return;
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
      case Stored::owned: note_owned(effects); break;
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
        life.outbox.put_off();
        note_away(effects, append_);
        break;
      case Stored::unknown:
        life.outbox.lost();
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
    if (append_.records.bytes() > kept_bytes) append_.records = Records();
    sort_notices();
    decide(effects);
  }
  carry_out(effects);
  pump();
}

void StorageMailbox::take_stored(Effects& effects) {
  Life& life = *life_;
  note_answer();
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
        read_.messages = {};
        life.window.note_last(read_.last);
        life.window.pause(read_.is_paused);
        if (read_.is_paused) life.look_at = later(life.order.owner->now(), look_every);
        break;
      case Stored::unavailable:
      case Stored::unknown:
        life.has_foreign = true;  // Perhaps; and whether it is paused is to be asked again.
        if (life.window.is_paused()) life.look_at = life.order.owner->now();
        note_away(effects, read_);
        break;
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
        life.is_released = settle_.releases;
        life.is_owner = !life.is_released;
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
  set_alarm();
}

void StorageMailbox::refuse_all(runtime::MailboxOwner& owner, const std::string& queue,
                                Effects& effects) {
  if (effects.refused.empty()) return;
  const std::string target = owner.path();
  for (OutgoingMessage& one : effects.refused) {
    const Error error(effects.reason, "the queue \"" + queue + "\" did not take the message",
                      one.may_be_stored ? Execution::unknown : Execution::not_executed);
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
