#include <troupe/testkit/probe_inbox.hpp>

#include <utility>

namespace troupe::testkit {

void ProbeInbox::put(runtime::EnvelopePtr envelope) {
  const std::lock_guard lock(mutex_);
  if (!open_) return;
  envelopes_.push_back(std::move(envelope));
  came_.notify_all();
}

runtime::EnvelopePtr ProbeInbox::take() {
  const std::lock_guard lock(mutex_);
  if (envelopes_.empty()) return nullptr;
  runtime::EnvelopePtr oldest = std::move(envelopes_.front());
  envelopes_.pop_front();
  return oldest;
}

std::size_t ProbeInbox::size() const {
  const std::lock_guard lock(mutex_);
  return envelopes_.size();
}

void ProbeInbox::wait(Duration timeout) const {
  std::unique_lock lock(mutex_);
  came_.wait_for(lock, waitable(timeout), [this] { return !envelopes_.empty(); });
}

void ProbeInbox::close() {
  std::deque<runtime::EnvelopePtr> rest;  // Dropped without the lock: it answers askers.
  const std::lock_guard lock(mutex_);
  open_ = false;
  rest.swap(envelopes_);
}

}  // namespace troupe::testkit
