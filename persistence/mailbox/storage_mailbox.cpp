#include <troupe/persistence/mailbox/storage_mailbox.hpp>

#include <algorithm>
#include <troupe/actor/ports/stored_message.hpp>
#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/persistence/mailbox/message_record.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

constinit std::mutex free_mailboxes_mutex;
std::vector<StorageMailbox*>& free_mailboxes() {
  // Never destroyed: a sender may come after the end of main().
  static auto& mailboxes = *new std::vector<StorageMailbox*>;
  return mailboxes;
}

/// Of an ask, as it is stored: rounded up, so that it is never 0.
std::chrono::milliseconds ask_time(const runtime::StorableMessage& message, TimePoint now) {
  if (!message.ask_until) return std::chrono::milliseconds(0);
  const Duration left = std::max(*message.ask_until - now, Duration::zero());
  return std::chrono::duration_cast<std::chrono::milliseconds>(left) + std::chrono::milliseconds(1);
}

std::string record_of(const runtime::StorableMessage& message, TimePoint now) {
  const auto payload = message.payload.bytes();
  return to_bytes({.type_key = message.type_key,
                   .fingerprint = message.fingerprint,
                   .ask_time = ask_time(message, now),
                   .type_name = message.type_name,
                   .sender = message.sender,
                   .payload = {reinterpret_cast<const char*>(payload.data()), payload.size()}});
}

/// What others than an exclusive handler may wait for it, where it may have ended the process.
constexpr Duration task_wait_max = std::chrono::seconds(1);

}  // namespace

StorageMailbox::Life::Life(MailboxOrder opened, std::uint64_t givings)
    : order(std::move(opened)),
      window(order.settings, givings),
      outbox(order.producer, order.storage->limits().batch_records_max,
             order.storage->limits().batch_bytes_max) {}

StorageMailbox* StorageMailbox::open(MailboxOrder order) {
  StorageMailbox* mailbox = nullptr;
  {
    const std::lock_guard lock(free_mailboxes_mutex);
    if (!free_mailboxes().empty()) {
      mailbox = free_mailboxes().back();
      free_mailboxes().pop_back();
    }
  }
  if (mailbox == nullptr) mailbox = new StorageMailbox;
  {
    const std::lock_guard lock(mailbox->mutex_);
    mailbox->life_ = std::make_unique<Life>(std::move(order), mailbox->givings_);
  }
  return mailbox;
}

void StorageMailbox::begin(const std::string& queue) {
  {
    const std::lock_guard lock(mutex_);
    if (life_ == nullptr || life_->order.settings.queue != queue) return;
    life_->waits_for_queue = false;
  }
  pump();
}

bool StorageMailbox::has_ended(const std::string& queue) const {
  const std::lock_guard lock(mutex_);
  return life_ == nullptr || life_->order.settings.queue != queue || life_->is_given_back;
}

std::string StorageMailbox::owner_path() const {
  const std::lock_guard lock(mutex_);
  return life_ != nullptr ? life_->order.owner->path() : std::string();
}

StorageMailbox::Refusal StorageMailbox::take(runtime::Envelope* envelope,
                                             runtime::FutureBase* done) {
  runtime::SystemAnchor* anchor = nullptr;
  runtime::TypeList accepts;
  TimePoint now;
  {
    const std::lock_guard lock(mutex_);
    if (!serves(envelope->target)) return ErrorCode::actor_stopped;
    anchor = life_->order.owner->anchor();
    accepts = life_->order.owner->accepts();
    now = life_->order.owner->now();
  }
  if (is_private(accepts, *envelope)) return keep(envelope, done);
  runtime::StorableMessage message;
  if (const auto refused = store(anchor, *envelope, message)) return refused;
  std::string record = record_of(message, now);
  {
    const std::lock_guard lock(mutex_);
    if (!serves(envelope->target)) return ErrorCode::actor_stopped;
    const DurableMailbox& limits = life_->order.settings;
    if (record.size() > life_->order.storage->limits().record_bytes_max) {
      return ErrorCode::frame_too_large;
    }
    MailboxOutbox& outbox = life_->outbox;
    if (outbox.messages() >= limits.waiting_messages_max ||
        outbox.bytes() + record.size() > limits.waiting_bytes_max) {
      return life_->is_away ? ErrorCode::storage_unavailable : ErrorCode::mailbox_full;
    }
    OutgoingMessage& put = outbox.put({.record = std::move(record),
                                       .sender = std::move(message.sender),
                                       .type_name = std::move(message.type_name),
                                       .stored = done,
                                       .until = later(now, limits.waiting_max)});
    // Last, so that nothing is lost for want of memory.
    if (!runtime::succeeds([&] { put.remains = runtime::MessageRemains(*envelope); })) {
      outbox.take_last();
      return ErrorCode::limit_reached;
    }
    set_alarm();
  }
  runtime::free_envelope(envelope);
  pump();
  return std::nullopt;
}

/// In its place among those that are stored.
StorageMailbox::Refusal StorageMailbox::keep(runtime::Envelope* envelope,
                                             runtime::FutureBase* done) {
  {
    const std::lock_guard lock(mutex_);
    if (!serves(envelope->target)) return ErrorCode::actor_stopped;
    if (life_->notices.size() >= life_->order.settings.waiting_messages_max) {
      return ErrorCode::mailbox_full;
    }
    life_->outbox.put({.notice = envelope});
    sort_notices();
  }
  if (done != nullptr) runtime::complete_send(done, std::nullopt);
  const std::lock_guard lock(mutex_);
  if (life_ != nullptr && has_ready()) life_->order.owner->wake();
  return std::nullopt;
}

StorageMailbox::Refusal StorageMailbox::offer(runtime::Envelope* envelope,
                                              std::vector<runtime::Envelope*>& /*dropped*/) {
  return take(envelope, nullptr);
}

StorageMailbox::Refusal StorageMailbox::offer_blocking(runtime::Envelope* envelope) {
  return take(envelope, nullptr);
}

StorageMailbox::Refusal StorageMailbox::offer_later(
    runtime::Envelope* envelope, runtime::FutureBase* done,
    std::vector<runtime::Envelope*>& /*withdrawn*/) {
  return take(envelope, done);
}

StorageMailbox::Refusal StorageMailbox::insist(runtime::Envelope* envelope) {
  const std::lock_guard lock(mutex_);
  if (!serves(envelope->target)) return ErrorCode::actor_stopped;
  life_->outbox.put({.notice = envelope});
  sort_notices();
  return std::nullopt;
}

bool StorageMailbox::has_ready_notice() const {
  const Life& life = *life_;
  return !life.notices.empty() && life.has_begun &&
         life.window.has_given_through(life.notices.front().after);
}

bool StorageMailbox::empty() const {
  const std::lock_guard lock(mutex_);
  return life_ == nullptr || !has_ready();
}

runtime::Envelope* StorageMailbox::pop(Popped& popped) {
  while (true) {
    std::optional<MailboxWindow::Given> given;
    runtime::MessageRemains remains;
    {
      const std::lock_guard lock(mutex_);
      if (life_ == nullptr || life_->is_closed) return nullptr;
      Life& life = *life_;
      popped.left = static_cast<std::uint32_t>(life.window.in_memory());
      if (has_ready_notice()) {
        runtime::Envelope* const envelope = life.notices.front().envelope;
        life.notices.pop_front();
        return envelope;
      }
      given = life.window.give(life.order.owner->now());
      if (!given) {
        set_alarm();
        return nullptr;
      }
      if (const auto asker = life.askers.extract(given->number))
        remains = std::move(asker.mapped());
    }
    if (runtime::Envelope* envelope = make(*given, std::move(remains))) return envelope;
  }
}

/// Null for one that is settled already. What was given out stays as it is until settle().
runtime::Envelope* StorageMailbox::make(const MailboxWindow::Given& given,
                                        runtime::MessageRemains remains) {
  const runtime::Ticket ticket{this, given.number, given.giving, given.failures};
  const auto record = read_record(*given.record);
  if (!record.ok()) {
    settle(ticket, runtime::Settled::unusable, &record.error());
    return nullptr;
  }
  const MailboxOrder& order = life_->order;
  if (record->ask_time.count() != 0 && !remains.has_asker() && order.wall_clock &&
      given.stored_at != 0 &&
      given.stored_at + static_cast<std::uint64_t>(record->ask_time.count()) < order.wall_clock()) {
    settle(ticket, runtime::Settled::expired, nullptr);
    return nullptr;
  }
  runtime::EncodedMessage message;
  message.type_key = record->type_key;
  message.bytes = std::as_bytes(std::span(record->payload));
  message.origin = &runtime::origin_of_stored();
  message.sender = runtime::find_stored_sender(record->sender);
  runtime::Envelope* envelope = nullptr;
  const bool has_memory = runtime::succeeds([&] {
    envelope = runtime::make_stored(order.owner->id(), message, std::move(remains), ticket);
  });
  if (has_memory) return envelope;
  const Error error(ErrorCode::limit_reached, "there was no memory for the message");
  settle(ticket, runtime::Settled::failed, &error);
  return nullptr;
}

std::size_t StorageMailbox::count(
    bool (*is_of_sort)(const runtime::Envelope& envelope) noexcept) const {
  const std::lock_guard lock(mutex_);
  if (life_ == nullptr) return 0;
  const auto notices = std::ranges::count_if(
      life_->notices, [&](const Notice& one) { return is_of_sort(*one.envelope); });
  return life_->window.in_memory() + static_cast<std::size_t>(notices);
}

std::size_t StorageMailbox::waiting() const {
  const std::lock_guard lock(mutex_);
  return life_ == nullptr ? 0 : life_->outbox.messages();
}

void StorageMailbox::settle(const runtime::Ticket& ticket, runtime::Settled outcome,
                            const Error* error) noexcept {
  Effects effects;
  {
    const std::lock_guard lock(mutex_);
    if (life_ == nullptr) return;
    Life& life = *life_;
    std::string words;
    if (error != nullptr) static_cast<void>(runtime::succeeds([&] { words = error->to_string(); }));
    const TimePoint now = life.order.owner->now();
    if (!life.window.settle(ticket.number, ticket.giving, outcome, std::move(words), now,
                            ticket.is_share)) {
      return;
    }
    decide(effects);
  }
  carry_out(effects);
  pump();
}

void StorageMailbox::share(const runtime::Ticket& ticket) noexcept {
  const std::lock_guard lock(mutex_);
  if (life_ != nullptr) life_->window.share(ticket.number, ticket.giving);
}

void StorageMailbox::put_aside(const runtime::Ticket& ticket, bool is_stashed) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (life_ == nullptr) return;
    const TimePoint now = life_->order.owner->now();
    const TimePoint waited_until = is_stashed ? TimePoint::min() : later(now, task_wait_max);
    life_->window.put_aside(ticket.number, ticket.giving, is_stashed, waited_until);
  }
  pump();
}

void StorageMailbox::take_back(runtime::Envelope& envelope) noexcept {
  runtime::MessageRemains remains;
  if (!runtime::succeeds([&] { remains = runtime::MessageRemains(envelope); })) return;
  const auto ticket = remains.take_ticket();
  if (!ticket) return;
  const std::lock_guard lock(mutex_);
  if (life_ == nullptr) return;
  static_cast<void>(life_->window.settle(ticket->number, ticket->giving, runtime::Settled::kept, {},
                                         life_->order.owner->now()));
  if (!remains.has_asker() || life_->is_closed) return;
  static_cast<void>(runtime::succeeds(
      [&] { life_->askers.insert_or_assign(ticket->number, std::move(remains)); }));
}

std::vector<runtime::Envelope*> StorageMailbox::close() {
  std::vector<runtime::Envelope*> notices;
  Effects effects;
  {
    const std::lock_guard lock(mutex_);
    if (life_ == nullptr || std::exchange(life_->is_closed, true)) return notices;
    Life& life = *life_;
    life.window.close();
    for (const Notice& one : std::exchange(life.notices, {})) notices.push_back(one.envelope);
    for (runtime::Envelope* one : life.outbox.take_all_notices()) notices.push_back(one);
    for (auto& [number, asker] : std::exchange(life.askers, {})) {
      effects.askers.push_back(std::move(asker));
    }
    decide(effects);
  }
  carry_out(effects);
  pump();
  return notices;
}

std::vector<runtime::Envelope*> StorageMailbox::close_for(runtime::ActorId owner) {
  {
    const std::lock_guard lock(mutex_);
    if (life_ == nullptr || life_->order.owner->id() != owner) return {};
  }
  return close();
}

void StorageMailbox::give_back() noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (life_ == nullptr) return;
    Life& life = *life_;
    life.is_given_back = true;
    life.given_up_at = later(life.order.owner->now(), life.order.settings.waiting_max);
    life.order.owner->outlive(*this);
    life.alarm_at = TimePoint::max();
    set_alarm();
  }
  pump();
}

void StorageMailbox::finish() {
  std::unique_ptr<Life> life;
  Effects effects;
  {
    const std::lock_guard lock(mutex_);
    if (life_ == nullptr || !is_done()) return;
    give_up_outbox(effects);
    life = std::move(life_);
    givings_ = life->window.givings();
    append_.records = Records();
    read_.messages = {};
    settle_.dead = {};
    settle_.expired = {};
  }
  refuse_all(*life->order.owner, life->order.settings.queue, effects);
  const auto released = std::move(life->order.released);
  life.reset();
  released(this);
  const std::lock_guard lock(free_mailboxes_mutex);
  free_mailboxes().push_back(this);
}

}  // namespace troupe::persistence
