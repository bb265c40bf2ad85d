// ProbeInbox: the messages that have come to a Probe's actor and that the test has not looked at.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <troupe/actor/ports/collector.hpp>

namespace troupe::testkit {

/// Shared by the probe and its actor. Any thread.
class ProbeInbox final : public runtime::CollectedMessages {
 public:
  /// Wakes who waits. After close() the message is dropped.
  void put(runtime::EnvelopePtr envelope) override;

  /// The oldest, or null.
  [[nodiscard]] runtime::EnvelopePtr take();

  /// Messages that can be taken. There is no limit: a test looks at them, or ends.
  [[nodiscard]] std::size_t size() const;

  /// Blocks for at most `timeout`, real time, until there is something to take. Not where stepped
  /// actors run on this thread: nothing would come.
  void wait(Duration timeout) const;

  /// Drops what is there and what will come; askers are answered with `cancelled`.
  void close();

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable came_;
  std::deque<runtime::EnvelopePtr> envelopes_;
  bool open_ = true;
};

}  // namespace troupe::testkit
