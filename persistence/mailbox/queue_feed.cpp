#include <troupe/persistence/mailbox/queue_feed.hpp>

#include <memory>
#include <troupe/actor/future.hpp>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/actor/ports/stored_message.hpp>
#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/persistence/mailbox/message_record.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

// As those of DurableMailbox.
constexpr std::size_t fed_messages_max = 100'000;
constexpr std::size_t fed_bytes_max = std::size_t{64} << 20U;
/// How often a batch is sent whose answer is lost: storage knows it again.
constexpr unsigned tries_max = 3;

constinit std::mutex free_feeds_mutex;
std::vector<QueueFeed*>& free_feeds() {
  // Never destroyed: a ref may be used after the end of main().
  static auto& feeds = *new std::vector<QueueFeed*>;
  return feeds;
}

std::string record_to_feed(const runtime::StorableMessage& message) {
  const auto payload = message.payload.bytes();
  return to_bytes({.type_key = message.type_key,
                   .fingerprint = message.fingerprint,
                   .type_name = message.type_name,
                   .sender = message.sender,
                   .payload = {reinterpret_cast<const char*>(payload.data()), payload.size()}});
}

/// What became of a batch's messages that are not stored.
struct FeedFailure {
  ErrorCode reason = ErrorCode::storage_unavailable;
  Execution execution = Execution::not_executed;
};

}  // namespace

QueueFeed::Life::Life(FeedOrder begun)
    : order(std::move(begun)),
      outbox(order.producer, order.storage->limits().batch_records_max,
             order.storage->limits().batch_bytes_max) {}

QueueFeed& QueueFeed::begin(FeedOrder order) {
  QueueFeed* feed = nullptr;
  {
    const std::lock_guard lock(free_feeds_mutex);
    if (!free_feeds().empty()) {
      feed = free_feeds().back();
      free_feeds().pop_back();
    }
  }
  if (feed == nullptr) feed = new QueueFeed;
  const std::lock_guard lock(feed->mutex_);
  feed->life_.emplace(std::move(order));
  ++feed->number_;
  return *feed;
}

std::uint64_t QueueFeed::number() const {
  const std::lock_guard lock(mutex_);
  return number_;
}

void QueueFeed::close() {
  const std::lock_guard lock(mutex_);
  if (life_) life_->is_closed = true;
}

bool QueueFeed::wait_and_free(Duration timeout) {
  {
    std::unique_lock lock(mutex_);
    const bool is_idle = idle_.wait_for(lock, waitable(timeout), [this] {
      return !life_ || (!life_->is_under_way && life_->outbox.empty());
    });
    if (!is_idle) return false;
    life_.reset();
  }
  const std::lock_guard lock(free_feeds_mutex);
  free_feeds().push_back(this);
  return true;
}

bool QueueFeed::serves(RemoteId number) const noexcept {
  return life_ && !life_->is_closed && number.actor == number_;
}

std::optional<ErrorCode> QueueFeed::tell(RemoteId number, runtime::ActorId sender,
                                         const runtime::MessageType& type,
                                         const void* message) noexcept {
  std::optional<ErrorCode> refused = ErrorCode::limit_reached;
  static_cast<void>(
      runtime::succeeds([&] { refused = put(number, sender, type, message, nullptr); }));
  return refused;
}

RemoteTarget::Sending QueueFeed::send(RemoteId number, runtime::ActorId sender,
                                      const runtime::MessageType& type,
                                      const void* message) noexcept {
  Sending sending{ErrorCode::limit_reached};
  static_cast<void>(runtime::succeeds([&] {
    const auto release = [](auto* one) { one->release(); };
    using Reference = std::unique_ptr<runtime::FutureState<void>, decltype(release)>;
    Reference callers(new runtime::FutureState<void>, release);
    callers->retain();
    Reference messages(callers.get(), release);
    sending.refused = put(number, sender, type, message, messages.get());
    if (sending.refused) return;
    static_cast<void>(messages.release());
    sending.later = callers.release();
  }));
  return sending;
}

std::optional<ErrorCode> QueueFeed::ask(RemoteId /*number*/,
                                        runtime::Envelope* /*request*/) noexcept {
  return ErrorCode::no_such_actor;
}

std::optional<ErrorCode> QueueFeed::put(RemoteId number, runtime::ActorId sender,
                                        const runtime::MessageType& type, const void* message,
                                        runtime::FutureBase* done) {
  runtime::StorableMessage stored;
  if (const auto refused = store(anchor(number), sender, type, message, stored)) return refused;
  OutgoingMessage outgoing;
  outgoing.record = record_to_feed(stored);
  outgoing.sender = std::move(stored.sender);
  outgoing.type_name = std::move(stored.type_name);
  outgoing.stored = done;
  if (const auto refused = keep(number, std::move(outgoing))) return refused;
  pump();
  return std::nullopt;
}

std::optional<ErrorCode> QueueFeed::keep(RemoteId number, OutgoingMessage message) {
  const std::lock_guard lock(mutex_);
  if (!serves(number)) return ErrorCode::shutdown;
  if (message.record.size() > life_->order.storage->limits().record_bytes_max) {
    return ErrorCode::frame_too_large;
  }
  if (life_->outbox.messages() >= fed_messages_max ||
      life_->outbox.bytes() + message.record.size() > fed_bytes_max) {
    return ErrorCode::mailbox_full;
  }
  life_->outbox.put(std::move(message));
  return std::nullopt;
}

void QueueFeed::pump() {
  Storage* storage = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (!life_ || life_->is_under_way) return;
    if (!life_->outbox.fill(append_)) {
      idle_.notify_all();
      return;
    }
    append_.queue = life_->order.queue;
    append_.by_owner = false;
    life_->is_under_way = true;
    storage = life_->order.storage;
  }
  storage->submit(append_);
}

void QueueFeed::appended() noexcept {
  std::vector<OutgoingMessage> stored;
  std::vector<OutgoingMessage> refused;
  FeedFailure failure;
  FeedOrder order;
  std::string why;
  {
    const std::lock_guard lock(mutex_);
    Life& life = *life_;
    order = life.order;
    why = append_.why;
    if (is_stored(append_.outcome)) {
      stored = life.outbox.stored(static_cast<std::size_t>(append_.taken));
      life.tries = 0;
    } else if (append_.outcome == Stored::unknown && ++life.tries < tries_max) {
      life.outbox.lost();
    } else {
      if (append_.outcome == Stored::unknown) failure.execution = Execution::unknown;
      if (append_.outcome == Stored::queue_full || append_.outcome == Stored::storage_full) {
        failure.reason = ErrorCode::storage_full;
      }
      refused = life.outbox.refused();
      life.tries = 0;
    }
  }
  {
    const runtime::ActorsVisit actors(order.anchor);
    std::optional<runtime::LinkServiceScope> serving;  // No code of users' runs here.
    if (actors) serving.emplace(*actors);
    for (const OutgoingMessage& one : stored) {
      if (one.stored != nullptr) runtime::complete_send(one.stored, std::nullopt);
    }
    for (const OutgoingMessage& one : refused) {
      if (one.stored != nullptr) {
        runtime::complete_send(
            one.stored, Error(failure.reason, order.path + " did not take the message: " + why,
                              one.may_be_stored ? Execution::unknown : failure.execution));
      } else if (actors) {
        actors->count_sent(1);
        actors->add_dead_letter({failure.reason, order.path, one.sender, one.type_name});
      }
    }
  }
  {
    const std::lock_guard lock(mutex_);
    life_->is_under_way = false;
  }
  pump();
}

std::string QueueFeed::why(RemoteId /*number*/, ErrorCode reason) const {
  if (reason == ErrorCode::no_such_actor) {
    return ": a queue answers nothing; ask its actor, or tell it";
  }
  return {};
}

std::string QueueFeed::path(RemoteId number) const {
  const std::lock_guard lock(mutex_);
  return life_ && number.actor == number_ ? life_->order.path : "/queue";
}

runtime::SystemAnchor* QueueFeed::anchor(RemoteId number) const noexcept {
  const std::lock_guard lock(mutex_);
  return life_ && number.actor == number_ ? life_->order.anchor : nullptr;
}

}  // namespace troupe::persistence
