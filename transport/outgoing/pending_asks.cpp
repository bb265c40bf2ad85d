#include <troupe/transport/outgoing/pending_asks.hpp>

#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/actor/ports/reply_sink.hpp>
#include <utility>

namespace troupe::transport {
namespace {

using runtime::AskPart;
using runtime::Envelope;
using runtime::Kind;

void hand_over(const Asker& asker, Envelope* reply) noexcept {
  if (asker.sink != nullptr) {
    asker.sink->complete(asker.token, reply);
    asker.sink->release();
    return;
  }
  runtime::LocalActors::deliver_reply(asker.actor, reply);
}

AskPart part_for(const Asker& asker) noexcept { return {nullptr, asker.token, TimePoint::max()}; }

}  // namespace

void complete(const Asker& asker, Error error) noexcept {
  hand_over(asker,
            runtime::make_envelope(Kind::reply, asker.actor, 0, part_for(asker), std::move(error)));
}

void complete(const Asker& asker, std::uint64_t type_key, std::span<const std::byte> payload,
              const std::shared_ptr<const void>& owner, runtime::MessageOrigin* origin) noexcept {
  const AskPart part = part_for(asker);
  hand_over(asker, runtime::make_encoded(Kind::reply, asker.actor, &part,
                                         {.type_key = type_key,
                                          .bytes = payload,
                                          .origin = origin,
                                          .sender = {},
                                          .owner = owner}));
}

void expire(const Asker& asker) noexcept {
  asker.sink->expire(asker.token);
  asker.sink->release();
}

std::optional<std::uint64_t> PendingAsks::add(const Asker& asker, TimePoint deadline,
                                              const void* link) {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) {
    if (entries_.size() >= asks_max_) return std::nullopt;
    entries_.emplace_back();
    entries_.back().number = static_cast<std::uint32_t>(entries_.size() - 1);
    free_.push_back(&entries_.back());
  }
  Entry& entry = *free_.back();
  free_.pop_back();
  entry.asker = asker;
  entry.link = link;
  if (deadline != TimePoint::max()) deadlines_.add(entry, deadline);
  return (std::uint64_t{entry.life} << 32U) | entry.number;
}

std::optional<Asker> PendingAsks::take(std::uint64_t correlation, const void* link) {
  const std::lock_guard lock(mutex_);
  const std::size_t number = correlation & UINT32_MAX;
  if (number >= entries_.size()) return std::nullopt;
  Entry& entry = entries_[number];
  if (entry.link != link || entry.life != correlation >> 32U) return std::nullopt;
  return take_out(entry).asker;
}

std::vector<PendingAsks::Ended> PendingAsks::take_due(TimePoint now) {
  std::vector<Ended> due;
  const std::lock_guard lock(mutex_);
  while (!deadlines_.empty() && deadlines_.earliest().at <= now) {
    due.push_back(take_out(static_cast<Entry&>(deadlines_.earliest())));
  }
  return due;
}

std::vector<PendingAsks::Ended> PendingAsks::take_all(const void* link) {
  std::vector<Ended> ended;
  const std::lock_guard lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.link != nullptr && (link == nullptr || entry.link == link)) {
      ended.push_back(take_out(entry));
    }
  }
  return ended;
}

void PendingAsks::move_all(const void* from, const void* to) {
  const std::lock_guard lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.link == from) entry.link = to;
  }
}

TimePoint PendingAsks::next() const {
  const std::lock_guard lock(mutex_);
  return deadlines_.empty() ? TimePoint::max() : deadlines_.earliest().at;
}

std::size_t PendingAsks::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size() - free_.size();
}

PendingAsks::Ended PendingAsks::take_out(Entry& entry) {
  deadlines_.remove(entry);
  if (++entry.life != 0) free_.push_back(&entry);  // One whose lives are used up is retired.
  return {entry.asker, std::exchange(entry.link, nullptr)};
}

}  // namespace troupe::transport
