#include <troupe/actor/runtime/bounded_queue.hpp>

#include <algorithm>
#include <troupe/actor/runtime/future_state.hpp>

namespace troupe::runtime {
namespace {

constinit std::mutex free_mutex;
std::vector<BoundedQueue*>& free_queues() {
  // Never destroyed: a sender may come after the end of main().
  static auto& queues = *new std::vector<BoundedQueue*>;
  return queues;
}

bool counts(const Envelope& envelope) noexcept { return was_sent(envelope.kind); }

bool is_withdrawn(const FutureBase* done) noexcept { return done != nullptr && done->ready(); }

void release_all(const std::vector<FutureBase*>& futures) noexcept {
  for (FutureBase* one : futures) one->release();
}

}  // namespace

BoundedQueue* BoundedQueue::allocate(ActorId owner, const MailboxBound& bound, const Clock* clock) {
  BoundedQueue* queue = nullptr;
  {
    const std::lock_guard lock(free_mutex);
    if (!free_queues().empty()) {
      queue = free_queues().back();
      free_queues().pop_back();
    }
  }
  if (queue == nullptr) queue = new BoundedQueue;
  const std::lock_guard lock(queue->mutex_);
  queue->bound_ = bound;
  queue->clock_ = clock;
  queue->overflow_.store(bound.overflow, std::memory_order_relaxed);
  queue->owner_ = owner;
  queue->bytes_ = 0;
  queue->exempt_ = 0;
  queue->open_ = true;
  return queue;
}

void BoundedQueue::give_back() noexcept {
  const std::lock_guard lock(free_mutex);
  free_queues().push_back(this);
}

bool BoundedQueue::has_room(const Envelope& envelope) const noexcept {
  if (!counts(envelope)) return true;
  return messages_.size() - exempt_ < bound_.messages_max &&
         bytes_ + envelope.size <= bound_.bytes_max;
}

void BoundedQueue::put(Envelope* envelope) {
  messages_.push_back({envelope, clock_ != nullptr ? clock_->now() : TimePoint()});
  if (counts(*envelope)) {
    bytes_ += envelope->size;
  } else {
    ++exempt_;
  }
}

BoundedQueue::Queued BoundedQueue::take_oldest() {
  const Queued oldest = messages_.front();
  messages_.pop_front();
  if (counts(*oldest.envelope)) {
    bytes_ -= oldest.envelope->size;
  } else {
    --exempt_;
  }
  return oldest;
}

BoundedQueue::Refusal BoundedQueue::offer(Envelope* envelope, std::vector<Envelope*>& dropped) {
  const std::lock_guard lock(mutex_);
  if (!serves(*envelope)) return ErrorCode::actor_stopped;
  if (bound_.overflow == Overflow::drop_oldest && !envelope->awaits_answer() && fits(*envelope)) {
    for (auto oldest = messages_.begin(); oldest != messages_.end() && !has_room(*envelope);) {
      if (!counts(*oldest->envelope)) {
        ++oldest;
        continue;
      }
      bytes_ -= oldest->envelope->size;
      dropped.push_back(oldest->envelope);
      oldest = messages_.erase(oldest);
    }
  }
  // Those who wait for room are served first.
  if (!has_room(*envelope) || !waiting_.empty()) return ErrorCode::mailbox_full;
  put(envelope);
  return std::nullopt;
}

BoundedQueue::Refusal BoundedQueue::offer_blocking(Envelope* envelope) {
  std::unique_lock lock(mutex_);
  if (!serves(*envelope)) return ErrorCode::actor_stopped;
  if (!fits(*envelope)) return ErrorCode::mailbox_full;
  if (has_room(*envelope) && waiting_.empty()) {
    put(envelope);
    return std::nullopt;
  }
  const auto blocked = std::make_shared<Blocked>();
  waiting_.push_back({envelope, nullptr, blocked});
  blocked->changed.wait(lock, [&] { return blocked->decided; });
  return blocked->refusal;
}

BoundedQueue::Refusal BoundedQueue::offer_later(Envelope* envelope, FutureBase* done,
                                                std::vector<Envelope*>& withdrawn) {
  std::vector<FutureBase*> gone;
  {
    const std::lock_guard lock(mutex_);
    if (!serves(*envelope)) return ErrorCode::actor_stopped;
    if (waiting_.size() >= waiting_looked_at_) take_withdrawn(withdrawn, gone);
    if (!has_room(*envelope) || !waiting_.empty()) {
      if (!fits(*envelope)) return ErrorCode::mailbox_full;
      waiting_.push_back({envelope, done, nullptr});
      done = nullptr;
    } else {
      put(envelope);
    }
  }
  release_all(gone);
  if (done != nullptr) {
    static_cast<FutureState<void>*>(done)->set({});
    done->release();
  }
  return std::nullopt;
}

/// With the lock. Who sends and cancels again and again leaves nothing behind.
void BoundedQueue::take_withdrawn(std::vector<Envelope*>& withdrawn,
                                  std::vector<FutureBase*>& done) {
  std::erase_if(waiting_, [&](const Waiting& one) {
    if (!is_withdrawn(one.done)) return false;
    withdrawn.push_back(one.envelope);
    done.push_back(one.done);
    return true;
  });
  waiting_looked_at_ = std::max<std::size_t>(16, 2 * waiting_.size());
}

BoundedQueue::Refusal BoundedQueue::insist(Envelope* envelope) {
  const std::lock_guard lock(mutex_);
  if (!serves(*envelope)) return ErrorCode::actor_stopped;
  // Behind those who wait for room: one of them may be of the same sender.
  if (waiting_.empty()) {
    put(envelope);
  } else {
    waiting_.push_back({envelope, nullptr, nullptr});
  }
  return std::nullopt;
}

Envelope* BoundedQueue::pop(Popped& popped) {
  std::vector<FutureBase*> admitted;
  std::vector<FutureBase*> gone;
  std::vector<std::shared_ptr<Blocked>> threads;
  Envelope* envelope = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (messages_.empty()) return nullptr;
    const Queued oldest = take_oldest();
    envelope = oldest.envelope;
    if (clock_ != nullptr) popped.came = oldest.came;
    while (!waiting_.empty() &&
           (has_room(*waiting_.front().envelope) || is_withdrawn(waiting_.front().done))) {
      Waiting first = std::move(waiting_.front());
      waiting_.pop_front();
      if (first.thread != nullptr) {
        first.thread->decided = true;
        threads.push_back(std::move(first.thread));
      }
      if (first.done == nullptr) {
        put(first.envelope);
      } else if (first.done->try_claim()) {
        admitted.push_back(first.done);
        put(first.envelope);
      } else {
        gone.push_back(first.done);
        popped.withdrawn.push_back(first.envelope);
      }
    }
    popped.left = static_cast<std::uint32_t>(messages_.size());
  }
  for (const auto& thread : threads) thread->changed.notify_one();
  release_all(gone);
  for (FutureBase* done : admitted) {
    static_cast<FutureState<void>*>(done)->set_claimed({});
    done->release();
  }
  return envelope;
}

bool BoundedQueue::empty() const { return size() == 0; }

std::size_t BoundedQueue::size() const {
  const std::lock_guard lock(mutex_);
  return messages_.size();
}

std::size_t BoundedQueue::count(bool (*is_of_sort)(const Envelope& envelope) noexcept) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(
      messages_, [&](const Queued& one) { return is_of_sort(*one.envelope); }));
}

std::size_t BoundedQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

std::vector<Envelope*> BoundedQueue::close() { return close_for(owner_); }

std::vector<Envelope*> BoundedQueue::close_for(ActorId owner) {
  std::vector<Envelope*> rest;
  std::deque<Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    if (owner_ != owner) return rest;
    open_ = false;
    for (const Queued& one : messages_) rest.push_back(one.envelope);
    messages_.clear();
    waiting.swap(waiting_);
    for (const Waiting& one : waiting) {
      if (one.thread == nullptr) continue;
      one.thread->refusal = ErrorCode::actor_stopped;
      one.thread->decided = true;
    }
  }
  for (const Waiting& one : waiting) {
    if (one.thread != nullptr) {
      one.thread->changed.notify_one();
      continue;
    }
    rest.push_back(one.envelope);
    if (one.done == nullptr) continue;
    one.done->fail(Error(ErrorCode::actor_stopped, "the actor ended before there was room",
                         Execution::not_executed));
    one.done->release();
  }
  return rest;
}

}  // namespace troupe::runtime
