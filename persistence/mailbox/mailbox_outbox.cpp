#include <troupe/persistence/mailbox/mailbox_outbox.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace troupe::persistence {

OutgoingMessage& MailboxOutbox::put(OutgoingMessage message) {
  const bool is_message = message.notice == nullptr;
  const std::size_t bytes = message.record.size();
  waiting_.push_back(std::move(message));
  if (is_message) {
    ++messages_;
    bytes_ += bytes;
  }
  return waiting_.back();
}

void MailboxOutbox::drop(const OutgoingMessage& message) noexcept {
  if (message.notice != nullptr) return;
  --messages_;
  bytes_ -= message.record.size();
}

void MailboxOutbox::take_last() noexcept {
  drop(waiting_.back());
  waiting_.pop_back();
}

TimePoint MailboxOutbox::next_time() const noexcept {
  const auto first = std::ranges::find_if(
      waiting_, [](const OutgoingMessage& one) { return one.notice == nullptr; });
  const TimePoint next = first == waiting_.end() ? TimePoint::max() : first->until;
  return is_sent_ || under_way_.empty() ? next : std::min(next, under_way_.back().until);
}

std::vector<runtime::Envelope*> MailboxOutbox::take_notices() {
  std::vector<runtime::Envelope*> notices;
  if (!under_way_.empty()) return notices;
  while (!waiting_.empty() && waiting_.front().notice != nullptr) {
    notices.push_back(waiting_.front().notice);
    waiting_.pop_front();
  }
  return notices;
}

std::vector<runtime::Envelope*> MailboxOutbox::take_all_notices() {
  std::vector<runtime::Envelope*> notices;
  std::erase_if(waiting_, [&](const OutgoingMessage& one) {
    if (one.notice != nullptr) notices.push_back(one.notice);
    return one.notice != nullptr;
  });
  return notices;
}

bool MailboxOutbox::fill(AppendBatch& batch) {
  if (is_sent_) return false;
  if (under_way_.empty()) {
    std::size_t bytes = 0;
    while (!waiting_.empty() && waiting_.front().notice == nullptr &&
           under_way_.size() < batch_messages_max_) {
      bytes += waiting_.front().record.size();
      if (bytes > batch_bytes_max_ && !under_way_.empty()) break;
      under_way_.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    if (under_way_.empty()) return false;
    ++batch_;
  }
  is_sent_ = true;
  batch.producer = producer_;
  batch.batch = batch_;
  batch.records.clear();
  for (const OutgoingMessage& one : under_way_) batch.records.add(one.record);
  return true;
}

void MailboxOutbox::lost() noexcept {
  is_sent_ = false;
  is_lost_ = true;
  for (OutgoingMessage& one : under_way_) one.may_be_stored = true;
}

void MailboxOutbox::put_off() {
  if (is_lost_) return lost();
  static_cast<void>(stored(0));
}

std::vector<OutgoingMessage> MailboxOutbox::stored(std::size_t taken) {
  is_sent_ = is_lost_ = false;
  const auto end =
      under_way_.begin() + static_cast<std::ptrdiff_t>(std::min(taken, under_way_.size()));
  std::vector<OutgoingMessage> done(std::make_move_iterator(under_way_.begin()),
                                    std::make_move_iterator(end));
  for (const OutgoingMessage& one : done) drop(one);
  // The others are a batch of their own.
  for (auto rest = end; rest != under_way_.end(); ++rest) rest->may_be_stored = false;
  waiting_.insert(waiting_.begin(), std::make_move_iterator(end),
                  std::make_move_iterator(under_way_.end()));
  under_way_.clear();
  return done;
}

std::vector<OutgoingMessage> MailboxOutbox::refused() { return stored(under_way_.size()); }

std::vector<OutgoingMessage> MailboxOutbox::take_late(TimePoint now) {
  std::vector<OutgoingMessage> late;
  const auto is_late = [&](const OutgoingMessage& one) {
    return one.notice == nullptr && one.until <= now;
  };
  if (!is_sent_ && !under_way_.empty() && is_late(under_way_.back())) late = refused();
  // In their order: what is behind one that still waits is younger.
  while (true) {
    const auto first = std::ranges::find_if(
        waiting_, [](const OutgoingMessage& one) { return one.notice == nullptr; });
    if (first == waiting_.end() || !is_late(*first)) return late;
    drop(*first);
    late.push_back(std::move(*first));
    waiting_.erase(first);
  }
}

}  // namespace troupe::persistence
